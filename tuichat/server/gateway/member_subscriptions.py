"""Member lists that sessions have open (ops 14 and 37), kept up to date until they look elsewhere."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine, Iterable

from tuichat.protocol.gateway import GuildSubscription, GuildSubscriptions, GuildSubscriptionsBulk
from tuichat.protocol.member_list import EVERYONE
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.member_list import MemberList, list_id, shown_channel
from tuichat.server.bus import Event, subject_id
from tuichat.server.gateway.hub import Hub
from tuichat.server.gateway.member_views import MemberGoneError, Ranges, View, valid_ranges
from tuichat.server.gateway.prepared import PreparedDispatch, Scene
from tuichat.server.gateway.session import Session

MAX_GUILDS = 10  # of one session with a list open; the one opened longest ago is closed for another
MAX_CHANNELS = 5  # of one guild, likewise
MAX_WATCHED = 100  # members of one guild whose presence a session asks for
GATHER_S = 0.2  # taste: changes of so long are told at once
LAGGING_CHECK_S = 1.0
TOUCHED_AT_ONCE = 200  # members, which takes about a millisecond
TOLD_AT_ONCE = 32  # sessions, likewise

_MEMBER_EVENTS = frozenset({"GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE", "PRESENCE_UPDATE"})
# After one of these a list can have other members, another order or another id altogether.
_LIST_EVENTS = frozenset(
    {
        "GUILD_UPDATE",
        "GUILD_DELETE",
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
    }
)
logger = logging.getLogger(__name__)


class _GuildLists:
    """The open lists of one guild."""

    def __init__(self, guild_id: int) -> None:
        self.id = guild_id
        self.wanted: dict[Session, dict[int, Ranges]] = {}  # by channel
        self.views: dict[tuple[str, Ranges], View] = {}
        self.lists: dict[str, MemberList] = {}
        self.newcomers: set[Session] = set()  # to be told everything
        self.lagging: set[Session] = set()  # not told the latest, because they do not read
        self.touched: set[int] = set()
        self.is_stale = False
        self.is_running = False
        self.woken = asyncio.Event()

    @property
    def has_work(self) -> bool:
        return bool(self.is_stale or self.newcomers or self.touched or self.lagging)

    def begin_anew(self) -> None:
        self.is_stale = False
        self.views.clear()
        self.lists.clear()
        self.touched.clear()
        self.lagging.clear()
        self.newcomers = set(self.wanted)

    def leave_views(self, session: Session) -> None:
        self.lagging.discard(session)
        for key, view in list(self.views.items()):
            view.sessions.discard(session)
            if not view.sessions:
                del self.views[key]

    def forget_unseen_lists(self) -> None:
        seen = {id for id, _ in self.views}
        self.lists = {id: shown for id, shown in self.lists.items() if id in seen}


class MemberSubscriptions:
    """All open member lists of this process: a subscriber of the bus, which stands behind the hub there."""

    def __init__(
        self,
        context: Context,
        hub: Hub,
        now_ms: Callable[[], int],
        spawn: Callable[[Coroutine[None, None, None]], None],
    ) -> None:
        self._context = context
        self._hub = hub
        self._now_ms = now_ms
        self._spawn = spawn
        self._guilds: dict[int, _GuildLists] = {}
        self._opened: dict[Session, dict[int, None]] = {}  # the guilds of which a session has lists, oldest first

    def subscribe(self, session: Session, command: GuildSubscriptions | GuildSubscriptionsBulk) -> None:
        """Do what a client asks for. Bots have no member lists; what a session may not see is left out."""
        if session.is_bot:
            return
        if isinstance(command, GuildSubscriptions):
            self._subscribe(session, command.guild_id, command)
            return
        for raw_id, subscription in list(command.subscriptions.items())[: MAX_GUILDS * 10]:
            with contextlib.suppress(ValueError):
                self._subscribe(session, Snowflake.parse(raw_id), subscription or GuildSubscription())

    def expire(self) -> None:
        """Forget sessions that ended by a fault of ours, of which nobody told."""
        for session in [session for session in self._opened if session.id not in self._hub]:
            self.forget(session)

    def forget(self, session: Session) -> None:
        """The session has ended."""
        for guild_id in self._opened.pop(session, {}):
            self._close(session, guild_id)

    def publish(self, event: Event) -> None:
        """Note what an event changes in open lists."""
        guild = self._guilds.get(event.guild_id or 0)
        if guild is None:
            return
        if event.name == "GUILD_DELETE" and event.user_ids is not None:
            for session in [session for session in guild.wanted if session.user_id in event.user_ids]:
                self._close(session, guild.id)
        elif event.name in _LIST_EVENTS:
            guild.is_stale = True
        elif event.name in _MEMBER_EVENTS:
            user_id = subject_id(event)
            guild.touched.add(user_id)
            if event.name == "GUILD_MEMBER_UPDATE":  # it may see a list now that it did not see before
                guild.newcomers |= {session for session in self._hub.of_user(user_id) if session in guild.wanted}
        else:
            return
        self._work(guild)

    # Inside.

    def _subscribe(
        self, session: Session, guild_id: Snowflake, command: GuildSubscriptions | GuildSubscription
    ) -> None:
        if guild_id not in session.guild_ids:
            return
        if command.members:
            self._hub.watch(session, guild_id, command.members[:MAX_WATCHED])
        if not command.channels:
            return
        guild = self._guilds.setdefault(guild_id, _GuildLists(guild_id))
        wanted = guild.wanted.setdefault(session, {})
        for raw_id, ranges in list(command.channels.items())[: MAX_CHANNELS * 10]:
            try:
                channel_id = Snowflake.parse(raw_id)
            except ValueError:
                continue
            wanted.pop(channel_id, None)
            if good := valid_ranges(ranges):
                wanted[channel_id] = good
        while len(wanted) > MAX_CHANNELS:
            wanted.pop(next(iter(wanted)))
        opened = self._opened.setdefault(session, {})
        opened.pop(guild_id, None)
        opened[guild_id] = None
        if not wanted:
            self._close(session, guild_id)
            return
        while len(opened) > MAX_GUILDS:
            self._close(session, next(iter(opened)))
        guild.newcomers.add(session)
        self._work(guild)

    def _close(self, session: Session, guild_id: int) -> None:
        self._opened.get(session, {}).pop(guild_id, None)
        guild = self._guilds.get(guild_id)
        if guild is None:
            return
        guild.wanted.pop(session, None)
        guild.newcomers.discard(session)
        guild.leave_views(session)
        if not guild.wanted:
            del self._guilds[guild_id]

    def _work(self, guild: _GuildLists) -> None:
        if guild.newcomers:
            guild.woken.set()
        if not guild.is_running:
            guild.is_running = True
            self._spawn(self._run(guild))

    async def _run(self, guild: _GuildLists) -> None:
        """Tell what changed until nothing is left to be told."""
        try:
            while guild.has_work and self._guilds.get(guild.id) is guild:
                is_news = guild.is_stale or guild.touched
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_S if is_news else LAGGING_CHECK_S):
                        await guild.woken.wait()
                guild.woken.clear()
                await self._refresh(guild)
        finally:
            guild.is_running = False

    async def _refresh(self, guild: _GuildLists) -> None:
        state = self._context.guilds.get(guild.id)
        if state is None:
            for session in list(guild.wanted):
                self._close(session, guild.id)
            return
        if guild.is_stale or any(shown.is_outgrown for shown in guild.lists.values()):
            guild.begin_anew()
        touched, guild.touched = guild.touched, set()
        counts_changed = await self._touch(guild, touched)
        await self._tell_changes(guild, state, touched, counts_changed)
        ready = {session for session in guild.lagging if session.link is not None and not session.link.is_slow}
        guild.lagging -= ready
        guild.newcomers |= ready
        while guild.newcomers and not guild.is_stale:
            await self._tell_newcomer(guild, state, guild.newcomers.pop())
        guild.forget_unseen_lists()

    async def _touch(self, guild: _GuildLists, user_ids: Iterable[int]) -> bool:
        """Bring users up to date in every list, and say whether any list has other counts now."""
        count = 0
        before = [shown.groups() for shown in guild.lists.values()]
        for shown in list(guild.lists.values()):
            for user_id in user_ids:
                shown.touch(user_id)
                count += 1
                if count % TOUCHED_AT_ONCE == 0:
                    await asyncio.sleep(0)
        return before != [shown.groups() for shown in guild.lists.values()]

    async def _tell_changes(
        self, guild: _GuildLists, state: GuildState, touched: set[int], counts_changed: bool
    ) -> None:
        if not touched:
            return
        for view in list(guild.views.values()):
            try:
                body = view.changed(touched, counts_changed=counts_changed)
            except MemberGoneError:
                guild.touched |= touched
                continue
            if body is None:
                continue
            await self._tell(guild, state, view, list(view.sessions), body)
            if guild.is_stale:
                return

    async def _tell(
        self, guild: _GuildLists, state: GuildState, view: View, sessions: list[Session], body: bytes
    ) -> None:
        """Send to those who may still see the list. One that does not read is told everything later instead."""
        dispatch = PreparedDispatch("GUILD_MEMBER_LIST_UPDATE", body, scene=Scene(int(state.id)))
        now_ms = self._now_ms()
        for count, session in enumerate(sessions, 1):
            if not self._sees(state, session, view.shown):
                view.sessions.discard(session)
            elif session.link is None or session.link.is_slow:
                view.sessions.discard(session)
                guild.lagging.add(session)
            else:
                session.deliver(dispatch, now_ms)
            if count % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)
                if guild.is_stale:  # who sees the list may be different now: all are told anew
                    return
        await asyncio.sleep(0)

    async def _tell_newcomer(self, guild: _GuildLists, state: GuildState, session: Session) -> None:
        """Send a session all the rows that it asked for."""
        guild.leave_views(session)
        by_list: dict[str, set[tuple[int, int]]] = {}
        channel_of: dict[str, int] = {}
        for channel_id, ranges in guild.wanted.get(session, {}).items():
            channel = shown_channel(state, channel_id)
            if channel is None or not state.can_view(session.user_id, channel.id):
                continue
            id = list_id(state, channel)
            by_list.setdefault(id, set()).update(ranges)
            channel_of.setdefault(id, channel.id)
        for id, wanted in by_list.items():
            shown = await self._list(guild, state, id, channel_of[id])
            if guild.is_stale or session not in guild.wanted:
                return
            ranges = valid_ranges(wanted)
            view = guild.views.get((id, ranges))
            if view is None:
                view = guild.views[(id, ranges)] = View(shown, ranges)
            try:
                body = view.whole()
            except MemberGoneError:
                guild.newcomers.add(session)  # the one who is gone is touched before the next turn
                return
            view.sessions.add(session)
            await self._tell(guild, state, view, [session], body)

    async def _list(self, guild: _GuildLists, state: GuildState, id: str, channel_id: int) -> MemberList:
        shown = guild.lists.get(id)
        if shown is None:
            shown = MemberList(self._context, state, channel_id, id)
            for _ in shown.build():
                await asyncio.sleep(0)
            guild.lists[id] = shown
            for user_id in guild.touched:
                shown.touch(user_id)
        return shown

    def _sees(self, state: GuildState, session: Session, shown: MemberList) -> bool:
        if session.id not in self._hub or state.id not in session.guild_ids:
            return False
        return shown.id == EVERYONE or state.can_view(session.user_id, shown.channel_id)
