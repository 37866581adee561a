"""A dialog that asks how loud something is to be."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.slider import STEP, Slider

USUAL = 100


class SliderDialog(Dialog[int | None]):
    """Answers with the percent that was taken, None when it was left; `heading` is safe text."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.VOLUME)

    def __init__(self, heading: str, percent: int, top: int = USUAL) -> None:
        super().__init__()
        self._heading = heading
        self._first = percent
        self._top = top

    def note(self) -> str:
        return _("← → change it · enter takes it · esc closes")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            yield Slider(self.use, self._top, USUAL, id="slider")
            yield Static(self.note(), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        slider = self.query_one(Slider)
        slider.show(self._first)
        slider.focus()

    def use(self, percent: int) -> int:
        """Show so much; return what that is between the ends of the bar."""
        percent = max(0, min(self._top, percent))
        self.query_one(Slider).show(percent)
        return percent

    def action_louder(self) -> None:
        self.use(self.query_one(Slider).percent + STEP)

    def action_quieter(self) -> None:
        self.use(self.query_one(Slider).percent - STEP)

    def action_usual(self) -> None:
        self.use(USUAL)

    def action_take(self) -> None:
        self.dismiss(self.query_one(Slider).percent)

    def action_close(self) -> None:
        self.dismiss(None)
