"""Spans of time as people type them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.commands.errors import CommandError
from tuichat.commands.naming.duration import UNITS_S, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"), [("30s", 30), ("10m", 600), ("1h30m", 5400), ("2D", 172_800), (" 1w ", 604_800)]
)
def test_a_span_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "0s", "10", "soon", "1h 30m", "-5m", "1y", "٣m", "9" * 50 + "s"])
def test_what_is_no_span_is_told_with_how_one_is_written(text: str) -> None:
    with pytest.raises(CommandError, match="1h30m"):
        parse_duration(text)


@given(st.text())
def test_anything_is_a_span_or_a_mistake(text: str) -> None:
    with contextlib.suppress(CommandError):
        assert parse_duration(text) >= 1


@given(st.lists(st.tuples(st.integers(1, 9999), st.sampled_from(sorted(UNITS_S))), min_size=1, max_size=4))
def test_parts_add_up(parts: list[tuple[int, str]]) -> None:
    assert parse_duration("".join(f"{count}{unit}" for count, unit in parts)) == sum(
        count * UNITS_S[unit] for count, unit in parts
    )
