"""The members of a server: page by page as one scrolls, or found by the beginnings of their names."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events

from tuichat.client.errors import ClientError
from tuichat.client.guild_people import PAGE
from tuichat.client.role_rank import roles_of
from tuichat.client.state import GuildState
from tuichat.protocol.guild import Member
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui.screens.settings.giving_away import GivingAwayForm
from tuichat.tui.screens.settings.member import MemberPage, time_out_words
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

ASK_AFTER_S = 0.3  # taste: a pause in typing, after which the server is asked for names that begin so
NEAR_THE_END = 10  # rows: taste
MORE = "more"


class MemberRows(ChoiceRows):
    """Calls `ended` when the cursor or the view comes near the last row, `sought` with what is typed as a filter."""

    def __init__(self, chosen: Callable[[str], None], ended: Callable[[], None], sought: Callable[[str], None]) -> None:
        super().__init__(chosen, id="choices")
        self._ended = ended
        self._sought = sought

    def cursor_moved(self) -> None:
        if self._cursor is not None and self._cursor >= len(self._rows) - NEAR_THE_END and not self._filter:
            self._ended()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        if self._top + self._view_height >= len(self._places) - NEAR_THE_END and not self._filter:
            self._ended()

    def _set_filter(self, text: str | None) -> None:
        super()._set_filter(text)
        if text:
            self.set_timer(ASK_AFTER_S, lambda: self._sought(text) if text == self._filter else None)


class MembersPage(RowsPage):
    """With `gives_away`, the one that is chosen is to own the server."""

    def __init__(self, client: "Client", guild: GuildState, *, gives_away: bool = False) -> None:
        super().__init__(client, int(guild.guild.id))
        self._gives_away = gives_away
        self._user_ids: dict[int, None] = {}  # in the order in which the server tells of them
        self._last = 0  # the last id of the pages so far
        self._has_more = True
        self._is_paging = False

    def heading(self) -> str:
        count = self.guild.member_count if self.guild is not None else 0
        words = _("Who is to own the server?") if self._gives_away else _("Members")
        return f"{words} · {ngettext('{count} member', '{count} members', count).format(count=count)}"

    def note(self) -> str:
        return _("enter opens · / finds by name, in the whole server · esc goes back")

    def make_rows(self) -> ChoiceRows:
        return MemberRows(self.chosen, self._near_the_end, self._seek)

    async def load(self) -> None:
        if not self._user_ids:
            await self._next_page()

    async def _next_page(self) -> None:
        self._is_paging = True
        try:
            page = await self.client.guild_people.members(self.guild_id, self._last)
        finally:
            self._is_paging = False
        self._take(page)
        self._last = max((int(member.user.id) for member in page), default=self._last)
        self._has_more = len(page) >= PAGE

    def _take(self, members: list[Member]) -> None:
        self._user_ids |= dict.fromkeys(int(member.user.id) for member in members)

    def _near_the_end(self) -> None:
        if self._has_more and not self._is_paging and not self._is_loading:
            self._is_paging = True
            self.run_worker(self._page_on(), group="page")

    async def _page_on(self) -> None:
        try:
            await self._next_page()
        except ClientError as error:
            self._has_more = False  # until it is opened again: else every key asks once more
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
        self.show_again()

    def _seek(self, beginning: str) -> None:
        self.run_worker(self._found(beginning), group="seek", exclusive=True)

    async def _found(self, beginning: str) -> None:
        try:
            self._take(await self.client.guild_people.search(self.guild_id, beginning.strip()))
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
        self.show_again()

    def rows(self) -> list[ChoiceRow]:
        guild = self.guild
        if guild is None:
            return []
        known = [guild.members[user_id] for user_id in self._user_ids if user_id in guild.members]
        rows = [self._row(guild, member) for member in known if not self._gives_away or self._may_own(guild, member)]
        if self._has_more and not self._is_loading:
            rows.append(ChoiceRow(MORE, _("more …")))
        return rows

    @staticmethod
    def _may_own(guild: GuildState, member: Member) -> bool:
        return not member.user.bot and member.user.id != guild.guild.owner_id

    def _row(self, guild: GuildState, member: Member) -> ChoiceRow:
        name, username = safe_name(member.display_name), safe_name(member.user.username)
        roles = roles_of(guild, int(member.user.id))
        words = [
            _("owner") if member.user.id == guild.guild.owner_id else "",
            _("bot") if member.user.bot else "",
            time_out_words(member),
            ", ".join(safe_name(role.name) for role in roles[:10]) or _("no roles"),
        ]
        detail = " · ".join(word for word in words if word)
        return ChoiceRow(str(int(member.user.id)), name, "" if name == username else username, detail=detail)

    def chosen(self, name: str) -> None:
        guild = self.guild
        if name == MORE:
            self._near_the_end()
            return
        member = guild.members.get(int(name)) if guild is not None else None
        if guild is None or member is None:
            return
        self.open(self._screen(guild, member.user))

    def _screen(self, guild: GuildState, user: User) -> "MemberPage | GivingAwayForm":
        if self._gives_away:
            return GivingAwayForm(self.client, guild, user)
        return MemberPage(self.client, self.guild_id, user)

    def is_gone(self) -> bool:
        """End when the server is given away, too."""
        me, guild = self.client.state.me, self.guild
        return guild is None or (self._gives_away and me is not None and guild.guild.owner_id != me.id)
