"""A server at a glance, and the way to all that can be changed about it."""

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.state import GuildState
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.settings.overview import GuildDeletionForm
from tuichat.tui.screens.settings.pages import PAGES, Page
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
        refusals = {page.id: page.refusal(may, is_owner=self._is_owner(guild)) for page in PAGES}
        items = [ChoiceRow(page.id, _(page.label), refusals[page.id] or page.told(guild)) for page in PAGES]
        items.append(self._end_row(guild))
        rows = self.query_one(ChoiceRows)
        rows.styles.height = min(len(items), max(3, self.app.size.height - 8))
        rows.show_rows(items)
        if rows.cursor_row is None:
            rows.move_cursor_to(items[0].id)

    def _is_owner(self, guild: GuildState) -> bool:
        me = self._client.state.me
        return me is not None and guild.guild.owner_id == me.id

    def _end_row(self, guild: GuildState) -> ChoiceRow:
        if self._is_owner(guild):
            return ChoiceRow("deletion", _("Delete the server"), is_dangerous=True)
        return ChoiceRow("leave", _("Leave the server"), is_dangerous=True)

    def _choose(self, name: str) -> None:
        guild = self._guild
        if guild is None:
            self.dismiss(None)
        elif name == "leave":
            self._ask_to_leave(guild)
        elif name == "deletion":
            self.app.push_screen(
                GuildDeletionForm(self._client, guild), lambda is_done: self._came_back(is_gone=bool(is_done))
            )
        else:
            self._open(next(page for page in PAGES if page.id == name), guild)

    def _open(self, page: Page, guild: GuildState) -> None:
        refusal = page.refusal(self._client.state.guild_permissions(self._guild_id), is_owner=self._is_owner(guild))
        if refusal:
            words = _("Your roles do not allow this ({reason}): ask somebody who runs the server.")
            self.app.notify(words.format(reason=refusal), severity="warning", markup=False, timeout=4)
        else:
            self.app.push_screen(page.open(self._client, guild), lambda _changed: self._came_back())

    def _came_back(self, *, is_gone: bool = False) -> None:
        if is_gone:
            self.dismiss(None)
        else:
            self._show()

    def _ask_to_leave(self, guild: GuildState) -> None:
        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_to_end(self._leave())

        question = _("Leave {name}?").format(name=safe_line(guild.guild.name))
        self.app.push_screen(ConfirmDialog(question, _("To come back you need an invite."), _("leave")), decided)

    async def _leave(self) -> None:
        try:
            await self._client.guild_settings.leave(self._guild_id)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            return
        self.end(None)

    def action_close(self) -> None:
        self.dismiss(None)
