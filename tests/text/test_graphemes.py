"""Signs are whole, whatever they are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.signs import SIGNS
from tuichat.text.graphemes import graphemes


@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
def test_a_sign_is_one(sign: str) -> None:
    assert graphemes(f"a{sign} {sign}漢") == ["a", sign, " ", sign, "漢"]


@given(st.text(max_size=60))
def test_the_short_way_gives_what_the_tables_do(text: str) -> None:
    from wcwidth import iter_graphemes

    assert graphemes(text.replace("\r", "")) == list(iter_graphemes(text.replace("\r", "")))
