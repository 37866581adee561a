"""A list to choose from, above another screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

MAX_SHOWN = 12  # rows at once; more scroll


class ChoiceDialog(Dialog[str | None]):
    """Answers with the id of the row that was chosen, None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, heading: str, rows: Sequence[ChoiceRow], *, chosen: str = "") -> None:
        super().__init__()
        self._heading = heading
        self._rows = rows
        self._first = chosen

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            yield ChoiceRows(self._choose, id="choices")
            yield Static(_("enter chooses · esc goes back"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(ChoiceRows)
        rows.styles.height = min(len(self._rows), MAX_SHOWN)
        rows.show_rows(self._rows)
        rows.move_cursor_to(self._first or self._rows[0].id)
        rows.focus()

    def _choose(self, name: str) -> None:
        self.dismiss(name)

    def action_close(self) -> None:
        self.dismiss(None)
