"""The roles of a server in their order: making, opening, moving and deleting them."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tuichat.client.errors import ClientError
from tuichat.client.role_rank import Obstacle, giving_obstacle, place_obstacle, steps
from tuichat.client.state import GuildState
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import Permissions
from tuichat.text import obstacle_words
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.settings.guild_dialog import GuildDialog
from tuichat.tui.screens.settings.role_form import RoleForm
from tuichat.tui.screens.settings.role_rows import DELETE, DOWN, UP, RoleRows, role_rows

if TYPE_CHECKING:
    from tuichat.client.client import Client


class RolesDialog(GuildDialog):
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.ROLES)

    def __init__(self, client: "Client", guild_id: int) -> None:
        super().__init__(client, guild_id)
        self._counts: dict[int, int] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static(_("Roles, the highest first"), classes="dialog-title", markup=False)
            yield RoleRows(id="roles", classes="dialog-rows")
            fault = Static("", id="fault", classes="dialog-fault", markup=False)
            fault.display = False
            yield fault
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("new role"), id="new")
                yield Button(_("permissions"), id="permissions")
                yield Button(_("close"), id="close")
            yield Static("", id="roles-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        table = keys.BY_ID
        moving = f"{table['roles.raise'].keys[0]}/{table['roles.lower'].keys[0].rpartition('+')[2]}"
        words = _("enter opens · {moving} moves · {new} new · {delete} deletes · {permissions} permissions · / filters")
        self.query_one("#roles-note", Static).update(
            words.format(
                moving=moving,
                new=table["roles.new"].keys[0],
                delete=table["roles.delete"].keys[0],
                permissions=table["roles.permissions"].keys[0],
            )
        )
        self.query_one(RoleRows).focus()
        self.run_worker(self._count())

    async def _count(self) -> None:
        try:
            self._counts = await self.client.roles.member_counts(self.guild_id)
        except ClientError:
            return  # a list without the counts is good enough
        self.show_again()

    def show_guild(self, guild: GuildState) -> None:
        rows = self.query_one(RoleRows)
        rows.show_rows(role_rows(self.client.state, guild, self._counts))
        if rows.cursor_row is None:
            rows.action_cursor_first()

    @property
    def _chosen(self) -> Role | None:
        row, guild = self.query_one(RoleRows).cursor_row, self.guild
        return guild.roles.get(row.role_id) if row is not None and guild is not None else None

    @on(RoleRows.Taken)
    def _taken(self, event: RoleRows.Taken) -> None:
        event.stop()
        actions = {UP: self.action_raise, DOWN: self.action_lower, DELETE: self.action_delete}
        actions.get(event.action or "", self._open)()

    def _open(self) -> None:
        role, guild = self._chosen, self.guild
        if role is None or guild is None:
            return
        obstacle = place_obstacle(self.client.state, guild, role)
        if obstacle is Obstacle.EVERYONE:
            self.action_permissions()
        elif not self._refuses(obstacle):
            self.app.push_screen(RoleForm(self.client, self.guild_id, role))

    def _refuses(self, obstacle: Obstacle | None) -> bool:
        if obstacle is None:
            return False
        words = _("This cannot be done: {reason}.").format(reason=obstacle_words.told(obstacle))
        self.app.notify(words, severity="warning", markup=False, timeout=4)
        return True

    def action_new(self) -> None:
        if self.client.state.guild_permissions(self.guild_id) & Permissions.MANAGE_ROLES:
            self.app.push_screen(RoleForm(self.client, self.guild_id, None), self._made)
        else:
            self._refuses(Obstacle.MISSING_PERMISSION)

    def _made(self, is_made: bool | None) -> None:
        guild = self.guild
        if is_made and guild is not None:
            self.show_again()
            made = max((int(role.id) for role in guild.roles.values()), default=0)
            self.query_one(RoleRows).move_cursor_to(made)

    def action_raise(self) -> None:
        self._move(1)

    def action_lower(self) -> None:
        self._move(-1)

    def _move(self, step: int) -> None:
        role, guild, state = self._chosen, self.guild, self.client.state
        if role is None or guild is None or self._refuses(place_obstacle(state, guild, role)):
            return
        positions = steps(state, guild, role, step)
        if positions:
            self.run_to_end(self.done(self.client.roles.move(self.guild_id, positions)))
        else:
            self.app.notify(_("It cannot go further."), timeout=2)

    def action_permissions(self) -> None:
        from tuichat.tui.screens.settings.matrix import MatrixDialog

        role = self._chosen
        self.app.push_screen(MatrixDialog(self.client, self.guild_id, None if role is None else int(role.id)))

    def action_delete(self) -> None:
        role, guild = self._chosen, self.guild
        if role is None or guild is None or self._refuses(giving_obstacle(self.client.state, guild, role)):
            return

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_to_end(self.done(self.client.roles.delete(self.guild_id, role.id)))

        question = _("Delete the role {name}?").format(name=safe_name(role.name))
        detail = _("Its members lose what it allows. Nothing brings it back.")
        self.app.push_screen(ConfirmDialog(question, detail, _("delete it"), _("keep it")), decided)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "new":
                self.action_new()
            case "permissions":
                self.action_permissions()
            case _:
                self.action_close()
