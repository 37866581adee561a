"""The permission matrix: what each role allows, switched box by box and saved together."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tuichat.client.role_matrix import Cell, Column, RoleMatrix
from tuichat.client.state import GuildState
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import RoleRequest
from tuichat.text import obstacle_words, permission_words
from tuichat.text.safe_text import safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import keys
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.settings.guild_dialog import GuildDialog
from tuichat.tui.screens.settings.matrix_rows import (
    CellChosen,
    ColumnChosen,
    MatrixHead,
    MatrixRows,
    frame,
    head_row,
    matrix_rows,
)

if TYPE_CHECKING:
    from tuichat.client.client import Client

EXPLAINED_FROM = 24  # lines of the terminal: below, the boxes need the room more than the words on their signs


class MatrixDialog(GuildDialog):
    """The cursor begins at a role; None is the first."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.MATRIX)

    def __init__(self, client: "Client", guild_id: int, role_id: int | None) -> None:
        super().__init__(client, guild_id)
        self._matrix = RoleMatrix(client.state, guild_id)
        self._columns: list[Column] = []
        self._role_id = role_id  # of the column that the cursor is in: columns come and go
        self._first = 0
        self._under_way: Mapping[int, Permissions] = {}  # what is being saved, by role
        self._saved = ""  # what was saved last, in words, until something else is switched

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -full"):
            yield Static("", id="matrix-title", classes="dialog-title", markup=False)
            yield MatrixHead(id="matrix-head", classes="dialog-rows")
            yield MatrixRows(id="matrix", classes="dialog-rows")
            yield Static("", id="matrix-told", classes="dialog-text", markup=False)
            fault = Static("", id="fault", classes="dialog-fault", markup=False)
            fault.display = False
            yield fault
            words = _(
                "[x] given · [·] given by @everyone or Administrator · no brackets: not yours to change · * not saved"
            )
            yield Static(words, id="matrix-signs", classes="dialog-note", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("close"), id="close")
                yield Button(_("save"), id="save")

    def on_mount(self) -> None:
        head = self.query_one(MatrixHead)
        head.can_focus = False
        head.styles.height = 1
        self.query_one("#matrix-signs").display = self.app.size.height >= EXPLAINED_FROM
        self.query_one(MatrixRows).focus()

    def on_resize(self) -> None:
        self.query_one("#matrix-signs").display = self.app.size.height >= EXPLAINED_FROM
        self.call_after_refresh(self.show_again)

    def show_guild(self, guild: GuildState) -> None:
        self._columns = self._matrix.columns()
        self._draw()

    @property
    def _cursor(self) -> int:
        return next((index for index, each in enumerate(self._columns) if each.role.id == self._role_id), 0)

    def _draw(self) -> None:
        rows = self.query_one(MatrixRows)
        shown = frame(rows.content_size.width or self.app.size.width - 4, len(self._columns), self._first, self._cursor)
        self._first = shown.first
        self.query_one(MatrixHead).show_rows([head_row(self._columns, shown)])
        rows.show_rows(matrix_rows(self._columns, shown))
        if rows.cursor_row is None:
            rows.action_cursor_down()
        count = self._matrix.change_count()
        words = ngettext("{count} change not saved", "{count} changes not saved", count).format(count=count)
        title = _("What each role allows")
        if count:
            self._saved = ""
        said = words if count else self._saved
        self.query_one("#matrix-title", Static).update(f"{title} · {said}" if said else title)
        self.query_one("#save", Button).disabled = not count
        self._tell()

    def _tell(self) -> None:
        """Say of the box under the cursor what it means, in words."""
        row = self.query_one(MatrixRows).cursor_row
        if row is None or not self._columns:
            return
        column, permission = self._columns[self._cursor], Permissions(row.permission)
        cell = column.cell(permission)
        words = _("{role}: {permission}, {what}. {meaning}").format(
            role=safe_name(column.role.name),
            permission=permission_words.name_of(permission),
            what=_told(cell),
            meaning=permission_words.meaning_of(permission),
        )
        if cell.obstacle is not None:
            words += " " + _("You cannot change it: {reason}.").format(reason=obstacle_words.told(cell.obstacle))
        self.query_one("#matrix-told", Static).update(words)

    @on(ColumnChosen)
    def _column_chosen(self, event: ColumnChosen) -> None:
        event.stop()
        if event.column is None:
            self._tell()
        else:
            self._go_to(event.column)

    def _go_to(self, column: int) -> None:
        if self._columns:
            self._role_id = int(self._columns[max(0, min(column, len(self._columns) - 1))].role.id)
            self._draw()

    def action_role_left(self) -> None:
        self._go_to(self._cursor - 1)

    def action_role_right(self) -> None:
        self._go_to(self._cursor + 1)

    @on(CellChosen)
    def _cell_chosen(self, event: CellChosen) -> None:
        event.stop()
        if not 0 <= event.column < len(self._columns):
            return
        self._role_id = int(self._columns[event.column].role.id)
        self._matrix.toggle(self._role_id, Permissions(event.permission))
        self.show_again()  # what is in the way is told below the boxes

    def action_save(self) -> None:
        if not self._under_way and self._matrix.change_count():
            self._under_way = self._matrix.edits()
            self.run_to_end(self._save(self._under_way, self._matrix.change_count()))

    async def _save(self, edits: Mapping[int, Permissions], count: int) -> None:
        for role_id, permissions in edits.items():
            request = RoleRequest(permissions=permissions)
            if not await self.done(self.client.roles.edit(self.guild_id, role_id, request)):
                self._under_way = {}
                self.show_again()
                return
        self._under_way = {}
        saved = ngettext("{count} change is saved", "{count} changes are saved", count).format(count=count)
        if self.is_open:
            self._saved = saved  # in the title: a notice would lie over the names of the roles
            self.show_again()
        else:
            self.app.notify(saved, markup=False, timeout=4)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "save":
            self.action_save()
        else:
            self.action_close()

    def action_close(self) -> None:
        count = self._matrix.change_count()
        edits = self._matrix.edits()
        if all(self._under_way.get(role_id) == wanted for role_id, wanted in edits.items()):
            self.dismiss(True)
            return

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.dismiss(True)

        question = ngettext("Leave {count} change unsaved?", "Leave {count} changes unsaved?", count)
        detail = _("What roles allow stays as it was.")
        dialog = ConfirmDialog(question.format(count=count), detail, _("leave"), _("go on"))
        self.app.push_screen(dialog, decided)


def _told(cell: Cell) -> str:
    if cell.is_changed:
        return _("will be given") if cell.is_on else _("will be taken")
    if cell.is_on:
        return _("given")
    return _("given by @everyone or by Administrator") if cell.is_implied else _("not given")
