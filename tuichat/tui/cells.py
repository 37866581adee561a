"""Counts text in the cells that this terminal draws, and cuts it between signs only.

Rich counts as Unicode 17 says, and cuts a segment between characters: half a family stays on each side of what covers the
other half. Both are mended here, in rich itself, because Textual counts and cuts by it everywhere; where Textual wraps what is
being written it does it on its own.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence, Set
from functools import lru_cache
from itertools import accumulate

import rich.cells
from rich.cells import CellTable, cell_len
from rich.segment import Segment
from textual._wrap import compute_wrap_offsets
from textual.document import _wrapped_document

from tuichat.text.graphemes import graphemes, is_lone

_load = rich.cells.load_cell_table  # type: ignore[attr-defined]  # imported there under this name


def count_one(codes: Set[int]) -> None:
    """Count one cell for these characters from now on, whatever the tables say; all others as the tables do."""

    @lru_cache
    def load(version: str = "auto") -> CellTable:
        table = _load(version)
        return table._replace(widths=_without(table.widths, sorted(codes))) if codes else table

    rich.cells.load_cell_table = load  # type: ignore[attr-defined]
    rich.cells.get_character_cell_size.cache_clear()
    rich.cells.cached_cell_len.cache_clear()
    _split.cache_clear()


def zero_width() -> list[int]:
    """Return the characters that rich's own tables give no cell."""
    return [code for start, end, width in _load("auto").widths if width == 0 for code in range(start, end + 1)]


def _without(widths: Sequence[tuple[int, int, int]], codes: list[int]) -> list[tuple[int, int, int]]:
    """Take characters, in order, out of a table: what is in no range has one cell."""
    kept: list[tuple[int, int, int]] = []
    for start, end, width in widths:
        for code in codes[bisect_left(codes, start) : bisect_left(codes, end + 1)]:
            if start < code:
                kept.append((start, code - 1, width))
            start = code + 1
        if start <= end:
            kept.append((start, end, width))
    return kept


@lru_cache(1024 * 16)
def _split(segment: Segment, cut: int) -> tuple[Segment, Segment]:
    text, style, control = segment
    start = used = 0
    for sign in graphemes(text):
        width = cell_len(sign)
        if used >= cut and width:
            break
        start += len(sign)
        used += width
        if used > cut:  # the sign lies on both sides: blanks take its place
            before, after = text[: start - len(sign)], text[start:]
            left = before + " " * (cut - used + width)
            return Segment(left, style, control), Segment(" " * (used - cut) + after, style, control)
    return Segment(text[:start], style, control), Segment(text[start:], style, control)


def cut_between_signs() -> None:
    """Have rich and Textual cut between signs; what is cut all the same becomes blanks on both sides."""

    def split(kind: type[Segment], segment: Segment, cut: int) -> tuple[Segment, Segment]:
        return _split(segment, cut)

    _wrapped_document.compute_wrap_offsets = _wrap_offsets  # type: ignore[attr-defined]  # imported there under this name
    Segment._split_cells = classmethod(split)  # type: ignore[method-assign, assignment]  # rich's own has a cache besides


def _wrap_offsets(
    text: str,
    width: int,
    tab_size: int,
    fold: bool = True,
    precomputed_tab_sections: list[tuple[str, int]] | None = None,
) -> list[int]:
    found = compute_wrap_offsets(text, width, tab_size, fold, precomputed_tab_sections)
    if not found or is_lone(text):
        return found
    starts = [0, *accumulate(map(len, graphemes(text)))]
    return sorted({starts[bisect_right(starts, offset) - 1] for offset in found} - {0})


def head(text: str, cells: int) -> str:
    """Return as much of a text's beginning as fits into `cells`, signs whole."""
    if cell_len(text) <= cells:
        return text
    length = used = 0
    for sign in graphemes(text):
        used += cell_len(sign)
        if used > cells:
            break
        length += len(sign)
    return text[:length]


def forced_head(text: str, cells: int) -> str:
    """Return the beginning that fits, never nothing: a sign wider than `cells` is cut between its characters.

    Signs have no greatest width: a stranger can chain as many letters of an Indic script as there is room for in a message.
    """
    fitting = head(text, cells)
    if fitting or not text:
        return fitting
    length = 1
    while length < len(text) and cell_len(text[: length + 1]) <= cells:
        length += 1
    return text[:length]
