"""Signs are whole, whatever they are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.signs import SIGNS
from tuichat.tui.graphemes import forced_head, graphemes, head

TEXT = st.lists(st.sampled_from([*SIGNS, *"ab 漢é"]) | st.characters(codec="utf-8"), max_size=20).map("".join)


@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
def test_a_sign_is_one(sign: str) -> None:
    assert graphemes(f"a{sign} {sign}漢") == ["a", sign, " ", sign, "漢"]


@given(st.text(max_size=60))
def test_the_short_way_gives_what_the_tables_do(text: str) -> None:
    from wcwidth import iter_graphemes

    assert graphemes(text.replace("\r", "")) == list(iter_graphemes(text.replace("\r", "")))


@given(TEXT, st.integers(0, 12))
def test_a_beginning_fits_and_ends_between_signs(text: str, cells: int) -> None:
    part = head(text, cells)
    assert cell_len(part) <= cells
    signs = graphemes(text)
    count = len(graphemes(part))
    assert signs[:count] == graphemes(part)
    if part != text:
        assert cell_len("".join(signs[: count + 1])) > cells


@given(TEXT.filter(bool))
def test_a_forced_beginning_is_never_nothing(text: str) -> None:
    part = forced_head(text, 2)
    assert part
    assert text.startswith(part)
    assert cell_len(part) <= 2
