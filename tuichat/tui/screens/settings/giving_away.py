"""Giving a server to another owner."""

from typing import TYPE_CHECKING

from tuichat.client.errors import RefusedError
from tuichat.client.state import GuildState
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec

if TYPE_CHECKING:
    from tuichat.client.client import Client


class GivingAwayForm(FieldForm):
    """Asks for the server's name, so that nobody does it by a slip of the finger."""

    is_dangerous = True

    def __init__(self, client: "Client", guild: GuildState, user: User) -> None:
        super().__init__()
        self._client = client
        self._guild = guild.guild
        self._user = user

    def heading(self) -> str:
        server, name = safe_line(self._guild.name), safe_name(self._user.username)
        return _("Give {server} to {name}?").format(server=server, name=name)

    def note(self) -> str:
        return _("All of it is theirs then: they decide who runs it, and can delete it. Only they can give it back.")

    def fields(self) -> list[FieldSpec]:
        return [FieldSpec("name", _("The server's name"), "", safe_line(self._guild.name))]

    def label(self) -> str:
        return _("give it away")

    async def submit(self) -> str | None:
        server = safe_line(self._guild.name)
        # A name may hold what cannot be typed: as it is shown is enough.
        if self.value("name").strip() not in (self._guild.name.strip(), server.strip()):
            raise RefusedError(_("Type the server's name, {name}, to say that you mean it.").format(name=server))
        await self._client.guild_settings.give_away(self._guild.id, self._user.id)
        return _("{server} belongs to {name} now.").format(server=server, name=safe_name(self._user.username))
