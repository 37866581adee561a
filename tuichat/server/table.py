"""Rows of words as lines: in columns under headings for a person, split by tabs for a program."""

import unicodedata
from collections.abc import Sequence

GAP = "  "


def in_columns(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a heading line and the rows, each column as wide as its widest cell; cells are printable."""
    table = [[heading.upper() for heading in headings], *map(list, rows)]
    widths = [max(map(_cells, column)) for column in zip(*table, strict=True)]
    return [
        GAP.join(cell + " " * (width - _cells(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def split_by_tabs(rows: Sequence[Sequence[str]]) -> list[str]:
    return ["\t".join(row) for row in rows]


def _cells(text: str) -> int:
    """How many cells of a terminal a printable text takes (UAX 11: wide ones two)."""
    return sum(map(_cell, text))


def _cell(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
