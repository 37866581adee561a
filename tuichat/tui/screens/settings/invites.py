"""A server's invites: who made which, how often each was used and when it ends; another, a copied link, one fewer."""

import time
from functools import partial
from typing import TYPE_CHECKING

from tuichat.client.invite_link import write_link
from tuichat.client.state import GuildState
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import Invite
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.text.time_words import left_words, span_words
from tuichat.translation import _, ngettext
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client

AGES_S = (1800, 3600, 21_600, 43_200, 86_400, 604_800, 2_592_000, 0)
USES = (0, 1, 5, 10, 25, 50, 100)
_PLACES = (ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE, ChannelType.FORUM)


class InvitesPage(RowsPage):
    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__(client, int(guild.guild.id))
        self._invites: list[Invite] = []

    def heading(self) -> str:
        return _("Invites")

    def told(self) -> str:
        return "" if self._invites else _("There are none: nobody new comes in.")

    async def load(self) -> None:
        self._invites = await self.client.guild_settings.invites.of_guild(self.guild_id)

    def rows(self) -> list[ChoiceRow]:
        rows = [ChoiceRow("new", _("Make an invite"))]
        return rows + [self._row(invite) for invite in self._invites]

    def _row(self, invite: Invite) -> ChoiceRow:
        name = safe_name(invite.inviter.display_name) if invite.inviter else _("the server")
        parts = [_("by {name}").format(name=name), _uses(invite), left_words(invite.expires_at, _unix_ms())]
        if invite.temporary is True:
            parts.append(_("for guests"))
        return ChoiceRow(
            f"={invite.code}", safe_line(invite.code), f"#{safe_name(invite.channel.name)}", detail=" · ".join(parts)
        )

    def chosen(self, name: str) -> None:
        if name == "new":
            self.open(NewInvitePage(self.client, self.guild_id))
            return
        invite = next((each for each in self._invites if f"={each.code}" == name), None)
        if invite is not None:
            rows = [
                ChoiceRow("copy", _("Copy its link")),
                ChoiceRow("revoke", _("Revoke it"), is_dangerous=True),
            ]
            self.pick(safe_line(invite.code), rows, partial(self._do, invite))

    def _do(self, invite: Invite, what: str) -> None:
        if what == "copy":
            self.app.copy_to_clipboard(invite_link(self.client, invite.code))
            self.app.notify(_("Copied, if your terminal takes it (OSC 52)."), markup=False, timeout=3)
            return
        self.ask(
            _("Revoke the invite {code}?").format(code=safe_line(invite.code)),
            _("Nobody comes in by it any more. Those who came stay."),
            _("revoke"),
            partial(self.client.guild_settings.invites.revoke, invite.code),
            _("{code} is good for nothing now.").format(code=safe_line(invite.code)),
        )


class NewInvitePage(RowsPage):
    """Makes an invite, and copies its link."""

    def __init__(self, client: "Client", guild_id: int) -> None:
        super().__init__(client, guild_id)
        places = self._places()
        self._channel_id = places[0] if places else None
        self._age_s = 604_800
        self._uses = 0
        self._is_temporary = False

    def _places(self) -> list[int]:
        """Return the channels into which the user may invite."""
        state = self.client.state
        ids = self.guild.channel_ids if self.guild is not None else []
        return [
            each
            for each in ids
            if each in state.channels
            and state.channels[each].type in _PLACES
            and state.permissions(each) & Permissions.CREATE_INSTANT_INVITE
        ]

    def heading(self) -> str:
        return _("Make an invite")

    def note(self) -> str:
        guests = _("A guest to whom nobody gave a role is out again after leaving.")
        return f"{guests}\n" + _("enter changes a line, or makes it · esc goes back")

    def rows(self) -> list[ChoiceRow]:
        channel = self.client.state.channels.get(self._channel_id or 0)
        where = f"#{channel_name(channel)}" if channel is not None else _("no channel lets you invite")
        return [
            ChoiceRow("make", _("Make it, and copy its link")),
            ChoiceRow("channel", _("Leads to"), where),
            ChoiceRow("age", _("Ends after"), _age(self._age_s)),
            ChoiceRow("uses", _("Good for"), _good_for(self._uses)),
            ChoiceRow("temporary", _("Who comes"), _("stays a guest") if self._is_temporary else _("stays")),
        ]

    def chosen(self, name: str) -> None:
        match name:
            case "make":
                if self._channel_id is None:
                    self.app.notify(_("No channel of this server lets you invite."), severity="warning", timeout=4)
                else:
                    self._make(self._channel_id)
            case "channel":
                state = self.client.state
                rows = [ChoiceRow(str(each), f"#{channel_name(state.channels[each])}") for each in self._places()]
                self.pick(_("Leads to"), rows, self._take_channel, chosen=str(self._channel_id))
            case "age":
                rows = [ChoiceRow(str(age), _age(age)) for age in AGES_S]
                self.pick(_("Ends after"), rows, self._take_age, chosen=str(self._age_s))
            case "uses":
                rows = [ChoiceRow(str(uses), _good_for(uses)) for uses in USES]
                self.pick(_("Good for"), rows, self._take_uses, chosen=str(self._uses))
            case "temporary":
                self._is_temporary = not self._is_temporary
                self.show_again()

    def _take_channel(self, key: str) -> None:
        self._channel_id = int(key)
        self.show_again()

    def _take_age(self, key: str) -> None:
        self._age_s = int(key)
        self.show_again()

    def _take_uses(self, key: str) -> None:
        self._uses = int(key)
        self.show_again()

    def _make(self, channel_id: int) -> None:
        wanted = CreateInviteRequest(
            max_age=self._age_s, max_uses=self._uses, temporary=self._is_temporary, unique=True
        )
        self.attempt(self.client.guild_settings.invites.create(channel_id, wanted), done=self._made)

    def _made(self, invite: Invite) -> None:
        self.app.copy_to_clipboard(invite_link(self.client, invite.code))
        told = _("{code} is made; its link is copied, if your terminal takes it (OSC 52).")
        self.app.notify(told.format(code=safe_line(invite.code)), markup=False, timeout=5)
        self.end(True)


def invite_link(client: "Client", code: str) -> str:
    """Return what `/join` takes: a link, or on this computer's own server, which has no address, the code alone."""
    return write_link(client.account.address, code)


def _uses(invite: Invite) -> str:
    uses = invite.uses if isinstance(invite.uses, int) else 0
    if isinstance(invite.max_uses, int) and invite.max_uses:
        return _("used {count} of {most} times").format(count=uses, most=invite.max_uses)
    return ngettext("used {count} time", "used {count} times", uses).format(count=uses)


def _age(seconds: int) -> str:
    return span_words(seconds) if seconds else _("it never ends")


def _good_for(uses: int) -> str:
    if not uses:
        return _("any number of people")
    return ngettext("{count} person", "{count} people", uses).format(count=uses)


def _unix_ms() -> int:
    return time.time_ns() // 1_000_000
