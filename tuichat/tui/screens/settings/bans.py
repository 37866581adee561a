"""Who is banned from a server and why, and letting them in again."""

from functools import partial
from typing import TYPE_CHECKING

from tuichat.client.guild_people import PAGE
from tuichat.client.state import GuildState
from tuichat.protocol.ban import Ban
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client

MORE = "more"


class BansPage(RowsPage):
    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__(client, int(guild.guild.id))
        self._bans: list[Ban] = []
        self._has_more = False
        self._pages = 1

    def heading(self) -> str:
        return _("Bans")

    def note(self) -> str:
        return _("enter lifts a ban · / filters · esc goes back")

    async def load(self) -> None:
        """Read as many pages as there were before: bans come and go."""
        bans: list[Ban] = []
        page: list[Ban] = []
        for _number in range(self._pages):
            page = await self.client.guild_people.bans(self.guild_id, int(bans[-1].user.id) if bans else 0)
            bans += page
            if len(page) < PAGE:
                break
        self._bans, self._has_more = bans, len(page) >= PAGE

    def rows(self) -> list[ChoiceRow]:
        rows = [
            ChoiceRow(
                str(int(ban.user.id)),
                safe_name(ban.user.display_name),
                safe_name(ban.user.username) if ban.user.display_name != ban.user.username else "",
                detail=safe_line(ban.reason) if ban.reason else _("no reason was given"),
            )
            for ban in self._bans
        ]
        if self._has_more:
            rows.append(ChoiceRow(MORE, _("more …")))
        if not rows and not self._is_loading:
            rows.append(ChoiceRow("", _("Nobody is banned.")))
        return rows

    def chosen(self, name: str) -> None:
        if name == MORE:
            self._pages += 1
            self.reload()
            return
        ban = next((each for each in self._bans if str(int(each.user.id)) == name), None)
        if ban is None:
            return
        shown = safe_name(ban.user.username)
        self.ask(
            _("Lift the ban of {name}?").format(name=shown),
            _("They can come back with an invite."),
            _("lift it"),
            partial(self.client.guild_people.unban, self.guild_id, ban.user.id),
            _("{name} is not banned any more.").format(name=shown),
        )
