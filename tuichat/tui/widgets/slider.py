"""A bar that says how loud something is, for keys, a click and a drag."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType

from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder
from tuichat.tui.widgets.line_bar import LineBar

STEP = 10
VALUE_CELLS = 7


class Slider(LineBar, can_focus=True):
    """Goes from 0 to `top` percent, with a mark at `usual`; `use` is called with what the mouse chose."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, use: Callable[[int], object], top: int, usual: int, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.percent = usual
        self._use = use
        self._top = top
        self._usual = usual

    def show(self, percent: int) -> None:
        self.percent = percent
        self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        builder = LineBuilder(palette.background("raised"))
        cells = max(1, width - VALUE_CELLS)
        filled = round(self.percent / self._top * cells)
        mark = min(cells - 1, self._usual * cells // self._top)
        for cell in range(cells):
            sign = "┃" if cell == mark else "━" if cell < filled else "─"
            builder.add(sign, palette.style("bright" if cell == mark else "accent" if cell < filled else "line"))
        return [builder.space().add(f"{self.percent:>3} %", palette.style("bright")).build(width)]

    def _percent_at(self, event: events.MouseEvent) -> int:
        offset = event.get_content_offset_capture(self)
        cells = max(1, self.content_size.width - VALUE_CELLS)
        return max(0, min(self._top, round(offset.x / cells * self._top / STEP) * STEP))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._use(self._percent_at(event))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._use(self._percent_at(event))

    def on_mouse_up(self) -> None:
        self.release_mouse()
