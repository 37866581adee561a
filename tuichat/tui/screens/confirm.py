"""Asks before something that cannot be taken back."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog


class ConfirmDialog(Dialog[bool]):
    """Answers True when confirmed; the question and its detail are safe text."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.CONFIRM)

    def __init__(self, question: str, detail: str, label: str, other: str = "") -> None:
        super().__init__()
        self._question = question
        self._detail = detail
        self._label = label
        self._other = other or _("keep it")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._question, classes="dialog-title", markup=False)
            yield Static(self._detail, classes="dialog-text", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(self._other, id="no")
                yield Button(self._label, id="yes", classes="-danger")

    def on_mount(self) -> None:
        self.query_one("#yes", Button).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "yes")

    def action_close(self) -> None:
        self.dismiss(False)

    def action_confirm(self) -> None:
        self.dismiss(True)
