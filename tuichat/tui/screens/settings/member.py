"""A member of a server, and what can be done with it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tuichat.client.role_rank import roles_of
from tuichat.protocol.guild import Member
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.protocol.user import User
from tuichat.text import obstacle_words
from tuichat.text.safe_text import safe_name
from tuichat.text.time_words import left_words
from tuichat.translation import _
from tuichat.tui.screens.settings.giving_away import GivingAwayForm
from tuichat.tui.screens.settings.moderation import GRAVE, Moderation, deeds_with
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client


def _now() -> datetime:
    return datetime.now(UTC)


def time_out_words(member: Member) -> str:
    """Return how long a member's time-out goes on; empty without one."""
    end = member.communication_disabled_until
    now_ms = int(_now().timestamp() * 1000)
    try:
        if end is None or parse_timestamp(end) <= now_ms:
            return ""
    except ValueError:
        return ""
    return _("timed out: {left}").format(left=left_words(end, now_ms))


class MemberPage(RowsPage):
    def __init__(self, client: "Client", guild_id: int, user: User) -> None:
        super().__init__(client, guild_id)
        self._user = user

    def is_gone(self) -> bool:
        return self.guild is None or self._user.id not in self.guild.members

    def heading(self) -> str:
        member = self.guild.members.get(self._user.id) if self.guild is not None else None
        name, username = safe_name(member.display_name if member else ""), safe_name(self._user.username)
        return name if name == username else f"{name} · {username}"

    def rows(self) -> list[ChoiceRow]:
        guild = self.guild
        member = guild.members.get(self._user.id) if guild is not None else None
        if guild is None or member is None:
            return []
        values = {
            "roles": ", ".join(safe_name(role.name) for role in roles_of(guild, self._user.id)[:10]),
            "rename": safe_name(member.nick) if member.nick else "",
            "time_out": time_out_words(member),
        }
        rows = [
            ChoiceRow(
                deed.id,
                deed.label,
                values.get(deed.id, ""),
                is_dangerous=deed.id in GRAVE and not deed.obstacle,
                detail=obstacle_words.not_possible(deed.obstacle),
            )
            for deed in deeds_with(self.client.state, guild, self._user.id)
        ]
        me = self.client.state.me
        if me is not None and guild.guild.owner_id == me.id != self._user.id:
            rows.append(ChoiceRow("owner", _("Give them the server"), is_dangerous=True))
        return rows

    def chosen(self, name: str) -> None:
        guild = self.guild
        if guild is None:
            return
        if name == "owner":
            self.open(GivingAwayForm(self.client, guild, self._user))
            return
        deed = next(each for each in deeds_with(self.client.state, guild, self._user.id) if each.id == name)
        if deed.obstacle:
            words = _("This cannot be done: {reason}.").format(reason=deed.obstacle)
            self.app.notify(words, severity="warning", markup=False, timeout=4)
            return
        Moderation(self.app, self.client, self.guild_id, self.attempt, _now).do(name, self._user)
