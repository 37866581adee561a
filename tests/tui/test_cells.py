"""Text is counted as the terminal draws it, and cut between signs."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.strip import Strip

from tests.tui.signs import FAMILY, FLAG, HEART, SIGNS
from tuichat.text.graphemes import graphemes
from tuichat.tui.cells import count_one, cut_between_signs, forced_head, head

STRAY = "\u200d\ufe0f"  # change the width of what comes next, or before: safe text holds none alone
TEXT = st.lists(
    st.sampled_from([*SIGNS, *"ab 漢é"]) | st.characters(codec="utf-8", exclude_characters=STRAY), max_size=20
).map("".join)


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


@pytest.fixture
def rich_as_it_was() -> Iterator[None]:
    yield
    count_one(frozenset())


@pytest.mark.usefixtures("rich_as_it_was")
def test_what_the_terminal_draws_in_one_cell_is_counted_so() -> None:
    assert cell_len("\u0939\u093f\u2630a\u6f22\u0301") == 6
    count_one({0x93F, 0x2630})
    assert cell_len("\u0939\u093f\u2630a\u6f22\u0301") == 6
    assert [cell_len(each) for each in ("\u0939\u093f", "\u2630", "\u2631", "\u0940", "\u6f22")] == [2, 1, 2, 0, 2]
    count_one(frozenset())
    assert [cell_len(each) for each in ("\u0939\u093f", "\u2630")] == [1, 2]


@pytest.mark.parametrize("sign", [FAMILY, FLAG, HEART], ids=ascii)
def test_what_is_half_covered_becomes_blanks_on_both_sides(sign: str) -> None:
    cut_between_signs()
    strip = Strip([Segment(f"a{sign}b")])
    assert [strip.crop(0, 2).text, strip.crop(2).text] == ["a ", " b"]
    assert [strip.crop(0, 1).text, strip.crop(1, 3).text, strip.crop(3).text] == ["a", sign, "b"]


@given(TEXT, st.integers(0, 30))
def test_both_sides_of_a_cut_are_as_wide_as_the_whole(text: str, cut: int) -> None:
    cut_between_signs()
    segment = Segment(text)
    left, right = segment.split_cells(cut)
    assert left.cell_length == min(cut, segment.cell_length)
    assert left.cell_length + right.cell_length == segment.cell_length
