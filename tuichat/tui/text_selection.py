"""Text selected across messages: from one place to another, whatever scrolls, wraps or comes meanwhile.

Places are told by a message's key, the line of its drawing, and a cell of that line, so that they stay when messages come
above. What is copied is the text as it is read: lines that wrapped are one again, bars and columns are left out.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec
from rich.cells import cell_len

from tuichat.text.graphemes import graphemes
from tuichat.tui.direction import without_isolates
from tuichat.tui.widgets.line import Line

MAX_MESSAGES = 2_000  # of one selection


class Place(msgspec.Struct, frozen=True):
    """Cell `column` of line `line` of the message `key`."""

    key: str
    line: int
    column: int


class Drawn(Protocol):
    """Messages as they are drawn."""

    def __len__(self) -> int: ...
    def key_at(self, index: int) -> str: ...
    def index_of_key(self, key: str) -> int | None: ...


Lines = Callable[[int], list[Line]]  # of the message at an index
_Spot = tuple[int, int, int]  # index, line, column: in the order of reading


class TextSelection:
    """`anchor` is where it began and stays, `cursor` the end that moves. The cell under the cursor belongs to it."""

    def __init__(self) -> None:
        self.anchor: Place | None = None
        self.cursor: Place | None = None

    @property
    def is_active(self) -> bool:
        return self.anchor is not None

    def begin(self, place: Place) -> None:
        self.anchor = self.cursor = place

    def extend(self, place: Place) -> None:
        if self.anchor is not None:
            self.cursor = place

    def clear(self) -> None:
        self.anchor = self.cursor = None

    def swap(self) -> None:
        """Move the other end from now on."""
        self.anchor, self.cursor = self.cursor, self.anchor

    def grow(self, drawn: Drawn, lines_of: Lines, *, whole: bool) -> None:
        """Select the word at the cursor, or its whole line."""
        spot = self.cursor_spot(drawn, lines_of)
        if spot is None or self.cursor is None:
            return
        line = lines_of(spot[0])[spot[1]]
        start, end = (line.text_start, text_end(line)) if whole else word_at(line, spot[2])
        self.anchor, self.cursor = (Place(self.cursor.key, spot[1], column) for column in (start, end))

    # Moving the cursor. `drawn` and `lines_of` are what is shown.

    def cursor_spot(self, drawn: Drawn, lines_of: Lines) -> "_Spot | None":
        """Return index, line and column of the cursor; None when its message is gone."""
        index = None if self.cursor is None else drawn.index_of_key(self.cursor.key)
        if self.cursor is None or index is None:
            return None
        return index, min(self.cursor.line, len(lines_of(index)) - 1), self.cursor.column

    def step_cell(self, drawn: Drawn, lines_of: Lines, step: int) -> None:
        """Go a cell to the left (-1) or right (1), over the end of a line into the next one."""
        spot = self.cursor_spot(drawn, lines_of)
        if spot is not None:
            index, number, column = spot
            self._go_on(drawn, lines_of, (index, number, column + step), step)

    def step_word(self, drawn: Drawn, lines_of: Lines, step: int) -> None:
        """Go to the beginning of the next word (1), or of this or the one before (-1)."""
        spot = self.cursor_spot(drawn, lines_of)
        if spot is None:
            return
        index, number, column = spot
        line = lines_of(index)[number]
        start, end = word_at(line, column)
        column = end + 1 if step > 0 else (start - 1 if column == start else start)
        while line.text_start <= column <= text_end(line) and line.strip.crop(column, column + 1).text.isspace():
            column += step
        if step < 0 and column >= line.text_start:
            column = word_at(line, column)[0]
        self._go_on(drawn, lines_of, (index, number, column), step)

    def to_edge(self, drawn: Drawn, lines_of: Lines, step: int) -> None:
        """Go to the beginning (-1) or the end (1) of the line."""
        spot = self.cursor_spot(drawn, lines_of)
        if spot is not None and self.cursor is not None:
            line = lines_of(spot[0])[spot[1]]
            self.extend(Place(self.cursor.key, spot[1], line.text_start if step < 0 else text_end(line)))

    def step_line(self, drawn: Drawn, lines_of: Lines, step: int) -> None:
        """Go to the line below (1) or above (-1) that holds text."""
        spot = self.cursor_spot(drawn, lines_of)
        if spot is not None:
            self._to_line(drawn, lines_of, spot, step, spot[2])

    def _go_on(self, drawn: Drawn, lines_of: Lines, spot: "_Spot", step: int) -> None:
        """Go to a cell; one outside of the text of its line is in the next line, at the end that is near."""
        index, number, column = spot
        line = lines_of(index)[number]
        if line.text_start <= column <= text_end(line):
            self.extend(Place(drawn.key_at(index), number, column))
        else:
            self._to_line(drawn, lines_of, spot, step, None if step < 0 else 0)

    def _to_line(self, drawn: Drawn, lines_of: Lines, spot: "_Spot", step: int, column: int | None) -> None:
        """Go to the next line with text; `column` None is its end."""
        index, number = spot[0], spot[1] + step
        while 0 <= index < len(drawn):
            lines = lines_of(index)
            if number < 0:
                index -= 1
                number = len(lines_of(index)) - 1 if index >= 0 else 0
            elif number >= len(lines):
                index, number = index + 1, 0
            elif lines[number].strip.crop(lines[number].text_start).text.strip():
                line = lines[number]
                wanted = text_end(line) if column is None else column
                self.extend(Place(drawn.key_at(index), number, max(line.text_start, min(wanted, text_end(line)))))
                return
            else:
                number += step

    # What it holds.

    def bounds(self, drawn: Drawn) -> tuple[_Spot, _Spot] | None:
        """Return first and last cell in the order of reading; None when nothing is selected, or its message is gone."""
        if self.anchor is None or self.cursor is None:
            return None
        ends = []
        for place in (self.anchor, self.cursor):
            index = drawn.index_of_key(place.key)
            if index is None:
                return None
            ends.append((index, place.line, place.column))
        first, last = sorted(ends)
        return first, last

    def cells(self, drawn: Drawn, index: int, number: int, line: Line) -> tuple[int, int] | None:
        """Return the cells of a line that are selected, as (start, end), end not included; None for none."""
        bounds = self.bounds(drawn)
        if bounds is None:
            return None
        first, last = bounds
        here = (index, number)
        if not first[:2] <= here <= last[:2]:
            return None
        start = max(line.text_start, first[2] if here == first[:2] else 0)
        end = last[2] + 1 if here == last[:2] else max(text_end(line) + 1, start)
        return (start, end) if start < end else None

    def text(self, drawn: Drawn, lines_of: Lines) -> str:
        """Return what is selected."""
        bounds = self.bounds(drawn)
        if bounds is None:
            return ""
        parts: list[str] = []
        for index in range(bounds[0][0], min(bounds[1][0], bounds[0][0] + MAX_MESSAGES - 1) + 1):
            for number, line in enumerate(lines_of(index)):
                cells = self.cells(drawn, index, number, line)
                if cells is None:
                    if bounds[0][:2] <= (index, number) <= bounds[1][:2]:
                        parts.append("\n")
                    continue
                text = without_isolates(_copied(line, *cells)).rstrip()
                parts.append(text if not parts else (line.joins if line.joins is not None else "\n") + text)
        return "".join(parts).strip("\n")


def _copied(line: Line, start: int, end: int) -> str:
    """Return the text of a part of a line; an emoji's picture has its name for a text, any other has none."""
    parts: list[str] = []
    for zone in line.zones:
        kind, _colon, name = zone.action.partition(":")
        if kind in ("emoji", "picture") and start < zone.end and zone.start < end:
            if start < zone.start:
                parts.append(line.strip.crop(start, zone.start).text)
            parts.append(f":{name}:" if kind == "emoji" else "")
            start = zone.end
    return "".join(parts) + (line.strip.crop(start, end).text if start < end else "")


def text_end(line: Line) -> int:
    """Return the last cell of a line's text, that of its beginning where it has none."""
    return max(line.text_start, cell_len(line.strip.text.rstrip()) - 1)


def word_at(line: Line, column: int) -> tuple[int, int]:
    """Return first and last cell of the word (or the run of other signs) at a cell."""
    cells: list[str] = []  # the character that stands at each cell, without its marks
    for sign in graphemes(line.strip.text):
        cells += [sign[0]] * cell_len(sign)
    if not 0 <= column < len(cells):
        return column, column
    kind = _kind(cells[column])
    start = end = column
    while start > line.text_start and _kind(cells[start - 1]) == kind:
        start -= 1
    while end + 1 < len(cells) and _kind(cells[end + 1]) == kind:
        end += 1
    return start, end


def _kind(character: str) -> int:
    if character.isspace():
        return 0
    return 1 if character.isalnum() or character in "_-./:@#" else 2
