"""What is done with a member of a server: its roles, another name, a time-out, kicking and banning it."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from textual.app import ComposeResult

from tuichat.client.people import MAX_REASON_CHARACTERS
from tuichat.client.role_rank import Obstacle, member_obstacle
from tuichat.client.state import GuildState, State
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.user import User
from tuichat.text import obstacle_words
from tuichat.text.choices import Choice
from tuichat.text.safe_text import safe_name
from tuichat.translation import N_, _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from textual.app import App

    from tuichat.client.client import Client

TIME_OUTS = {5: "5 min", 60: "1 h", 1440: "24 h", 10080: "7 d", 0: N_("none: let them write again")}  # in minutes
ERASED = {
    0: N_("keep it"),
    3600: N_("of the last hour"),
    86_400: N_("of the last day"),
    604_800: N_("of the last week"),
}
_DEEDS = (
    ("roles", N_("Give and take roles"), Permissions.MANAGE_ROLES),
    ("rename", N_("Change the name here"), Permissions.MANAGE_NICKNAMES),
    ("time_out", N_("Time out, or end a time-out"), Permissions.MODERATE_MEMBERS),
    ("kick", N_("Kick from this server"), Permissions.KICK_MEMBERS),
    ("ban", N_("Ban from this server"), Permissions.BAN_MEMBERS),
)
GRAVE = frozenset({"kick", "ban"})


class Deed(msgspec.Struct, frozen=True):
    """Something that can be done with a member, or with an `obstacle`, in words, cannot."""

    id: str
    label: str
    obstacle: str = ""


def deeds_with(state: State, guild: GuildState, user_id: int) -> list[Deed]:
    """Return what moderators do with a member, and why the user cannot do what is not possible."""
    return [
        Deed(name, _(label), obstacle_words.told(_obstacle(state, guild, user_id, name, needs), needs))
        for name, label, needs in _DEEDS
    ]


def _obstacle(state: State, guild: GuildState, user_id: int, name: str, needs: Permissions) -> Obstacle | None:
    obstacle = member_obstacle(state, guild, user_id, needs)
    # Roles are given by their own rank, to everybody; each says for itself whether it can be given.
    return obstacle if name != "roles" or obstacle is Obstacle.MISSING_PERMISSION else None


class Moderation:
    """One guild's. `attempt` does something at the server, and tells what went wrong."""

    def __init__(
        self,
        app: "App[object]",
        client: "Client",
        guild_id: int,
        attempt: Callable[[Awaitable[None]], object],
        now: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._client = client
        self._guild_id = guild_id
        self._attempt = attempt
        self._now = now

    def do(self, deed: str, user: User) -> None:
        match deed:
            case "roles":
                from tuichat.tui.screens.settings.member_roles import MemberRolesPage

                self._app.push_screen(MemberRolesPage(self._client, self._guild_id, user))
            case "rename":
                self._rename(user)
            case "time_out":
                self._time_out(user)
            case "kick" | "ban":
                self._app.push_screen(RemovalForm(self._client, self._guild_id, user, is_ban=deed == "ban"))

    def _rename(self, user: User) -> None:
        from tuichat.tui.screens.line_form import LineForm

        guild = self._client.state.guilds.get(self._guild_id)
        member = guild.members.get(user.id) if guild is not None else None
        before = safe_name(member.nick) if member is not None and member.nick else ""

        def entered(nick: str | None) -> None:
            if nick is not None and nick != before:
                self._attempt(self._client.people.rename(self._guild_id, user.id, nick))

        title = _("The name of {name} here").format(name=safe_name(user.username))
        self._app.push_screen(LineForm(title, _("Empty, it is their own again."), before, 32), entered)

    def _time_out(self, user: User) -> None:
        from tuichat.tui.screens.pick import PickDialog

        choices = [Choice(str(minutes), _(words)) for minutes, words in TIME_OUTS.items()]

        def chosen(values: list[str] | None) -> None:
            if values:
                self._attempt(self._client.people.time_out(self._guild_id, user.id, int(values[0]), self._now()))

        title = _("How long {name} writes nothing").format(name=safe_name(user.username))
        self._app.push_screen(PickDialog(title, lambda: choices), chosen)


class RemovalForm(FieldForm):
    """Kicks or bans somebody, with a reason for the audit log and the list of bans."""

    is_dangerous = True

    def __init__(self, client: "Client", guild_id: int, user: User, *, is_ban: bool) -> None:
        super().__init__()
        self._client = client
        self._guild_id = guild_id
        self._user = user
        self._is_ban = is_ban
        self._erased_s = 0

    def heading(self) -> str:
        return (_("Ban {name}?") if self._is_ban else _("Kick {name}?")).format(name=safe_name(self._user.username))

    def note(self) -> str:
        if self._is_ban:
            return _("They cannot come back until the ban is lifted.")
        return _("They can come back with an invite.")

    def fields(self) -> list[FieldSpec]:
        return [FieldSpec("reason", _("Reason"), "", _("if you like; the audit log keeps it"))]

    def more(self) -> ComposeResult:
        if self._is_ban:
            rows = ChoiceRows(self._next_span, id="choices")
            rows.styles.height = 1
            yield rows

    def label(self) -> str:
        return _("ban") if self._is_ban else _("kick")

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        if self._is_ban:
            row = ChoiceRow("erased", _("What they wrote"), _(ERASED[self._erased_s]))
            if self._erased_s:
                row = msgspec.structs.replace(row, value=_("delete that {span}").format(span=row.value))
            self.query_one(ChoiceRows).show_rows([row])

    def _next_span(self, _name: str) -> None:
        spans = list(ERASED)
        self._erased_s = spans[(spans.index(self._erased_s) + 1) % len(spans)]
        self._show()

    async def submit(self) -> str | None:
        people, name = self._client.people, safe_name(self._user.username)
        reason = self.value("reason").strip()[:MAX_REASON_CHARACTERS]
        if self._is_ban:
            await people.ban(self._guild_id, self._user.id, reason, self._erased_s)
            return _("{name} is banned.").format(name=name)
        await people.kick(self._guild_id, self._user.id, reason)
        return _("{name} is kicked.").format(name=name)
