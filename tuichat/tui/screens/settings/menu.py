"""A server at a glance, and the way to all that can be changed about it."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.state import GuildState
from tuichat.protocol.permissions import Permissions
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.safe_text import safe_line
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.settings.overview import GuildDeletionForm, OverviewForm
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client


class GuildMenu(Dialog[None]):
    """Offers what the permissions allow; the rest says why not."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", guild_id: int) -> None:
        super().__init__()
        self._client = client
        self._guild_id = guild_id

    @property
    def _guild(self) -> GuildState | None:
        """The server as it is now; None once it is gone."""
        return self._client.state.guilds.get(self._guild_id)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("", id="what", classes="dialog-title", markup=False)
            yield ChoiceRows(self._choose, id="choices")
            yield Static(_("enter opens it · esc goes back"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(ChoiceRows)
        self._show()
        rows.move_cursor_to("overview")
        rows.focus()

    def _show(self) -> None:
        guild = self._guild
        if guild is None:
            self.dismiss(None)
            return
        self.query_one("#what", Static).update(safe_line(guild.guild.name))
        may = self._client.state.guild_permissions(self._guild_id)
        description = safe_line(guild.guild.description or "")
        items = [
            ChoiceRow("overview", _("Name and description"), description)
            if may & Permissions.MANAGE_GUILD
            else ChoiceRow("no-overview", _("Name and description"), _("needs Manage Server")),
            self._end_row(guild),
        ]
        rows = self.query_one(ChoiceRows)
        rows.styles.height = len(items)
        rows.show_rows(items)
        if rows.cursor_row is None:
            rows.move_cursor_to(items[0].id)

    def _end_row(self, guild: GuildState) -> ChoiceRow:
        me = self._client.state.me
        if me is not None and guild.guild.owner_id == me.id:
            return ChoiceRow("deletion", _("Delete the server"), is_dangerous=True)
        return ChoiceRow("leave", _("Leave the server"), is_dangerous=True)

    def _choose(self, name: str) -> None:
        guild = self._guild
        if guild is None:
            self.dismiss(None)
        elif name == "leave":
            self._ask_to_leave(guild)
        elif (screen := self._screen(name, guild)) is not None:
            self.app.push_screen(screen, lambda is_done: self._came_back(name, is_done=bool(is_done)))
        else:
            self.app.notify(
                _("Your roles do not allow this: ask somebody who runs the server."), severity="warning", timeout=4
            )

    def _screen(self, name: str, guild: GuildState) -> Screen[bool] | None:
        """Return what a row opens; None for rows that only say why not."""
        match name:
            case "overview":
                return OverviewForm(self._client, guild)
            case "deletion":
                return GuildDeletionForm(self._client, guild)
            case _:
                return None

    def _came_back(self, name: str, *, is_done: bool) -> None:
        if is_done and name == "deletion":
            self.dismiss(None)
        else:
            self._show()

    def _ask_to_leave(self, guild: GuildState) -> None:
        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_worker(self._leave(), group="leave", exclusive=True)

        question = _("Leave {name}?").format(name=safe_line(guild.guild.name))
        self.app.push_screen(ConfirmDialog(question, _("To come back you need an invite."), _("leave")), decided)

    async def _leave(self) -> None:
        try:
            await self._client.guild_settings.leave(self._guild_id)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            return
        self.dismiss(None)

    def action_close(self) -> None:
        self.dismiss(None)
