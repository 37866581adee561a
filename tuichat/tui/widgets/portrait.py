"""A picture of somebody beside what is told of him."""

from textual.strip import Strip
from textual.widget import Widget

from tuichat.tui.styles.palette import palette_of
from tuichat.tui.widgets.line import LineBuilder
from tuichat.tui.wrap import Piece

COLUMNS, ROWS = 12, 6


class Portrait(Widget):
    """Has its room from the start; empty until it is shown."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[list[Piece]] = []

    def show(self, lines: list[list[Piece]]) -> None:
        self._lines = lines
        self.refresh()

    def render_line(self, y: int) -> Strip:
        builder = LineBuilder(palette_of(self).background("raised"))
        for piece in self._lines[y] if y < len(self._lines) else []:
            builder.add(piece.text, piece.style)
        return builder.build(self.content_size.width).strip
