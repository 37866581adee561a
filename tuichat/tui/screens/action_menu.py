"""A menu of what can be done here, each with its key: for the mouse, and for who does not know the keys yet."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.key_table import KeyTable, shown
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

KEY_CELLS = 10


class MenuRow(ListRow, frozen=True):
    id: str
    label: str
    told_key: str

    @property
    def key(self) -> Hashable | None:
        return self.id


class MenuRows(LineList[MenuRow]):
    """Answers its dialog with the id of the row chosen."""

    BACKGROUND = "raised"

    def draw(self, row: MenuRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        key = fit(row.told_key, KEY_CELLS - 1)
        builder.add(fit(row.label, max(4, look.width - (KEY_CELLS if key else 0) - 3)), palette.style("text"))
        builder.space_to(look.width - KEY_CELLS).add(key, palette.style("accent"))
        return [builder.build(look.width)]

    def choose(self, row: MenuRow, action: str | None) -> None:
        if isinstance(self.screen, Dialog):
            self.screen.dismiss(row.id)


def action_rows(action_ids: Sequence[str], table: KeyTable) -> list[MenuRow]:
    """Return rows of actions of the table of keys, each with its key."""
    return [MenuRow(each, _(keys.BY_ID[each].label), table.told(each)) for each in action_ids]


class ActionMenu(Dialog[str | None]):
    """Answers with the id of the row chosen."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, rows: Sequence[MenuRow], title: str = "") -> None:
        super().__init__()
        self._rows = list(rows)
        self._heading = title

    def compose(self) -> ComposeResult:
        with Vertical(id="menu-box", classes="dialog"):
            if self._heading:
                yield Static(self._heading, classes="dialog-title", markup=False)
            yield MenuRows(id="menu-rows")

    def on_mount(self) -> None:
        self._show()
        self.query_one(MenuRows).focus()

    def add_rows(self, rows: Sequence[MenuRow]) -> None:
        """Show more, below what is shown: what had to be asked for first."""
        self._rows += rows
        if self.query(MenuRows):  # else it is about to show, with these
            self._show()

    def _show(self) -> None:
        rows = self.query_one(MenuRows)
        rows.show_rows(self._rows)
        if rows.cursor_row is None:
            rows.action_cursor_first()
        rows.styles.height = min(len(self._rows), max(3, self.app.size.height - (8 if self._heading else 6)))

    def on_key(self, event: events.Key) -> None:
        """A key that stands beside a row chooses it, as it would without the menu."""
        told = shown(event.key)
        row = next((row for row in self._rows if row.told_key == told), None)
        if row is not None and event.is_printable:
            event.stop()
            self.dismiss(row.id)

    def action_close(self) -> None:
        self.dismiss(None)
