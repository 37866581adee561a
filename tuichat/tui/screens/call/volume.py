"""How loud one person is played, up to twice as loud as they come."""

from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.voice_desk import MAX_VOLUME_PERCENT
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder
from tuichat.tui.widgets.line_bar import LineBar

if TYPE_CHECKING:
    from tuichat.client.voice_desk import VoiceDesk

STEP, USUAL = 10, 100


class Slider(LineBar, can_focus=True):
    """A bar of 0 to 200 percent, for keys, a click and a drag; the middle is as loud as they come."""

    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.percent = USUAL

    def show(self, percent: int) -> None:
        self.percent = percent
        self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        builder = LineBuilder(palette.background("raised"))
        cells = max(1, width - 7)
        filled = round(self.percent / MAX_VOLUME_PERCENT * cells)
        middle = cells // 2
        for cell in range(cells):
            sign = "┃" if cell == middle else "━" if cell < filled else "─"
            builder.add(sign, palette.style("bright" if cell == middle else "accent" if cell < filled else "line"))
        return [builder.space().add(f"{self.percent:>3} %", palette.style("bright")).build(width)]

    def _percent_at(self, event: events.MouseEvent) -> int:
        offset = event.get_content_offset_capture(self)
        cells = max(1, self.content_size.width - 7)
        return max(0, min(MAX_VOLUME_PERCENT, round(offset.x / cells * MAX_VOLUME_PERCENT / STEP) * STEP))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._drag(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self._drag(event)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def _drag(self, event: events.MouseEvent) -> None:
        if isinstance(self.screen, VolumeDialog):
            self.screen.use(self._percent_at(event))


class VolumeDialog(Dialog[None]):
    """Every step is heard at once, and kept."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.VOLUME)

    def __init__(self, desk: "VoiceDesk", account_key: str, user_id: int, name: str) -> None:
        """`name` is safe text."""
        super().__init__()
        self._desk = desk
        self._account_key = account_key
        self._user_id = user_id
        self._person = name

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(
                _("How loud {name} is for you").format(name=self._person), classes="dialog-title", markup=False
            )
            yield Slider(id="slider")
            yield Static(_("← → change it · 0 as they come · esc closes"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        slider = self.query_one(Slider)
        slider.show(self._desk.volume(self._account_key, self._user_id))
        slider.focus()

    def use(self, percent: int) -> None:
        """Play so loud from now on."""
        percent = max(0, min(MAX_VOLUME_PERCENT, percent))
        self.query_one(Slider).show(percent)
        self._desk.set_volume(self._account_key, self._user_id, percent)

    def action_louder(self) -> None:
        self.use(self.query_one(Slider).percent + STEP)

    def action_quieter(self) -> None:
        self.use(self.query_one(Slider).percent - STEP)

    def action_usual(self) -> None:
        self.use(USUAL)

    def action_close(self) -> None:
        self.dismiss(None)
