"""A dialog that asks for one line: a note, a name, a reason."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.form import Field, Form


class LineForm(Form[str | None]):
    """Answers with the line; `title` and `detail` are safe."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, title: str, detail: str = "", text: str = "", max_characters: int = 256) -> None:
        super().__init__()
        self._heading = title
        self._detail = detail
        self._first = text
        self._max_characters = max_characters

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            if self._detail:
                yield Static(self._detail, classes="dialog-text", markup=False)
                yield Static("", classes="modal-hint", markup=False)
            yield Field(self._first, max_length=self._max_characters, id="line")
            yield Static(_("enter takes it · esc closes"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one("#line").focus()

    def entered(self, field: Input) -> None:
        self.dismiss(field.value.strip())

    def action_close(self) -> None:
        self.dismiss(None)
