"""Text is cut between signs."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.signs import SIGNS
from tuichat.text.graphemes import graphemes
from tuichat.tui.cells import forced_head, head

TEXT = st.lists(st.sampled_from([*SIGNS, *"ab 漢é"]) | st.characters(codec="utf-8"), max_size=20).map("".join)


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
