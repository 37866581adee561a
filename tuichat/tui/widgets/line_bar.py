"""A widget of a few lines that are drawn from what it was given; parts of a line may be clicked."""

from textual import events
from textual.strip import Strip

from tuichat.translation import _
from tuichat.tui.faults import log_fault
from tuichat.tui.styles.palette import Palette, palette_of
from tuichat.tui.widgets.drawn_widget import DrawnWidget
from tuichat.tui.widgets.line import Line, LineBuilder, fit


class LineBar(DrawnWidget):
    """A subclass draws its lines, and says what a click on an action means."""

    def draw(self, width: int, palette: Palette) -> list[Line]:
        raise NotImplementedError

    def act(self, action: str) -> None:
        """Act on a click."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._drawn: list[Line] = []

    def redraw(self) -> None:
        self._drawn = []
        self.refresh()

    def _lines(self) -> list[Line]:
        width = self.content_size.width
        if not self._drawn or self._drawn[0].strip.cell_length != width:
            palette = palette_of(self)
            try:
                self._drawn = self.draw(width, palette)
            except Exception as error:  # a line that cannot be drawn must not take the screen with it
                log_fault(f"drawing the {type(self).__name__}", error)
                builder = LineBuilder(palette.background("main"))
                self._drawn = [builder.add(fit(_("✕ cannot be shown"), width), palette.style("bad")).build(width)]
        return self._drawn

    def render_line(self, y: int) -> Strip:
        lines = self._lines()
        if y < len(lines):
            return lines[y].strip
        return Strip.blank(self.content_size.width, self.rich_style)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn = []

    def on_resize(self) -> None:
        self.redraw()

    def action_under(self, event: events.MouseEvent) -> str | None:
        """Return what is pressed where the mouse is."""
        offset = event.get_content_offset(self)
        lines = self._lines()
        return None if offset is None or not offset.y < len(lines) else lines[offset.y].action_at(offset.x)

    def on_click(self, event: events.Click) -> None:
        action = self.action_under(event)
        if action is not None:
            event.stop()
            self.act(action)
