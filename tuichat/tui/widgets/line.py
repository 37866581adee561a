"""One drawn line of a pane: a strip of exactly the pane's width, and what a click on each part of it means."""

import msgspec
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tuichat.tui.cells import head
from tuichat.tui.direction import depth_after, isolated


class Zone(msgspec.Struct, frozen=True):
    """Cells `start` to `end` (exclusive) of a line mean `action` when clicked."""

    start: int
    end: int
    action: str


class Line(msgspec.Struct, frozen=True):
    """`text_start` is the cell at which the words begin, after bars and columns; `joins` is set where the line goes on
    from the one before: what stands between the two when their text is copied."""

    strip: Strip
    zones: tuple[Zone, ...] = ()
    text_start: int = 0
    joins: str | None = None

    def marked(self, start: int, end: int, style: Style) -> "Line":
        """Return the line with cells `start` to `end` (exclusive) in another style."""
        middle = Strip(list(Segment.apply_style(self.strip.crop(start, end), None, style)), end - start)
        whole = Strip.join([self.strip.crop(0, start), middle, self.strip.crop(end, self.strip.cell_length)])
        return Line(whole, self.zones, self.text_start, self.joins)

    def action_at(self, x: int) -> str | None:
        return next((zone.action for zone in self.zones if zone.start <= x < zone.end), None)


def fit(text: str, width: int) -> str:
    """Return text cut to at most `width` cells, with an ellipsis where something is missing."""
    if cell_len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    return head(text, width - 1).rstrip() + "…"


class LineBuilder:
    """Puts pieces of text after each other on a background."""

    def __init__(self, background: Style) -> None:
        self.background = background
        self.cells = 0
        self._segments: list[Segment] = []
        self._zones: list[Zone] = []
        self._isolates = 0  # open at this place

    def add(self, text: str, style: Style, action: str | None = None) -> "LineBuilder":
        if not text:
            return self
        if not self._isolates:
            text = isolated(text)
        self._isolates = depth_after(text, self._isolates)
        width = cell_len(text)
        self._segments.append(Segment(text, self.background + style))
        if action is not None:
            self._zones.append(Zone(self.cells, self.cells + width, action))
        self.cells += width
        return self

    def space(self, cells: int = 1) -> "LineBuilder":
        if cells > 0:
            self._segments.append(Segment(" " * cells, self.background))
            self.cells += cells
        return self

    def space_to(self, column: int) -> "LineBuilder":
        return self.space(column - self.cells)

    def build(self, width: int, *, text_start: int = 0, joins: str | None = None) -> Line:
        """Return the line, filled with background or cut to `width`."""
        strip = Strip(self._segments, self.cells)
        if self.cells != width:
            strip = strip.adjust_cell_length(width, self.background)
        return Line(strip, tuple(self._zones), text_start, joins)
