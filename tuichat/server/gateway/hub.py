"""Fan-out: which sessions get an event, and what each of them gets."""

import itertools
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tuichat.protocol.gateway import Capability, CloseCode
from tuichat.protocol.intents import EVENT_INTENTS, EventIntents, Intents
from tuichat.server.actions.direct_cache import DirectCache
from tuichat.server.actions.guild_cache import GuildCache, GuildState
from tuichat.server.bus import Event, subject_id
from tuichat.server.gateway.prepared import PreparedDispatch, Scene
from tuichat.server.gateway.session import Session

_UNBOUND = EventIntents(Intents(0))
_EXTENSION_PREFIX = "TUICHAT_"
_OWN_EVENTS = frozenset({"GUILD_MEMBER_UPDATE", "VOICE_STATE_UPDATE"})  # one's own go out whatever the intents say
_AUDIENCE_EVENTS = frozenset(
    {
        "GUILD_UPDATE",
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
    }
)  # after one of these, who may see a channel can be different
_MEMBER_EVENTS = frozenset(
    {"GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"}
)  # likewise, of one member
_THREAD_EVENTS = frozenset({"THREAD_CREATE", "THREAD_DELETE", "THREAD_MEMBERS_UPDATE"})  # likewise, in one thread
# Who may see something no more is told so, however long it was away.
_FAREWELLS = frozenset({"GUILD_DELETE", "CHANNEL_DELETE", "THREAD_DELETE", "CHANNEL_RECIPIENT_REMOVE"})
# A category is shown to those who see a channel in it, too: what READY tells them of has to be kept up to date.
_CHANNEL_EVENTS = frozenset({"CHANNEL_CREATE", "CHANNEL_UPDATE", "CHANNEL_DELETE"})

DELIVER_SLICE_S = 0.001  # how long events are handed out in one turn of the loop
DELIVERED_UNTIMED = 64  # sessions between two looks at the clock; each takes about a microsecond
MAX_RENEWED = 64  # kinds of events of one guild; with more, to work out those anew that happen next is cheaper
LARGE_MEMBER_COUNT = 250  # beyond it, accounts are told of presences by their member lists only

logger = logging.getLogger(__name__)


_IN_DIRECTS = (
    "MESSAGE_CREATE",
    "MESSAGE_UPDATE",
    "MESSAGE_DELETE",
    "MESSAGE_REACTION_",
    "MESSAGE_POLL_",
    "TYPING_START",
)


class _Kind(NamedTuple):
    """What decides who in a guild gets an event."""

    channel_id: int  # 0: the guild
    intents: int  # one of these is needed, where there are any
    needs: int  # permissions
    is_channel: bool  # it is the channel itself that is told of
    replaced_by: str | None  # what some asked to be told instead

    def takes(self, state: GuildState | None, session: Session) -> bool:
        if (self.intents and not session.intents & self.intents) or self.replaced_by in session.extension_events:
            return False
        if not self.channel_id and not self.needs:
            return True
        if state is None or (self.needs and not state.grants(session.user_id, self.channel_id, self.needs)):
            return False
        sees = state.shows if self.is_channel else state.can_view
        return not self.channel_id or sees(session.user_id, self.channel_id)


class _GuildAudience:
    """The sessions in one guild, and who of them gets what, worked out once until something changes."""

    __slots__ = ("_bots", "_cached", "guild_id", "sessions", "watchers")

    def __init__(self, guild_id: int) -> None:
        self.guild_id = guild_id
        self.sessions: set[Session] = set()
        self._cached: dict[_Kind, dict[Session, None]] = {}
        self._bots: dict[int, list[Session]] = {}  # by intents
        self.watchers: dict[int, set[Session]] = {}  # by the member whose presence they want

    def forget(self) -> None:
        self._cached.clear()
        self._bots.clear()

    def bots(self, intents: int) -> list[Session]:
        bots = self._bots.get(intents)
        if bots is None:
            bots = [session for session in self.sessions if session.is_bot and session.intents & intents]
            self._bots[intents] = bots
        return bots

    def watch(self, session: Session, user_ids: frozenset[int]) -> None:
        """Tell a session of these members' presences, and no longer of those that it named before."""
        for user_id in session.watched.pop(self.guild_id, frozenset()):
            watchers = self.watchers[user_id]
            watchers.discard(session)
            if not watchers:
                del self.watchers[user_id]
        if user_ids:
            session.watched[self.guild_id] = user_ids
        for user_id in user_ids:
            self.watchers.setdefault(user_id, set()).add(session)

    def forget_channel(self, channel_id: int) -> None:
        for key in [key for key in self._cached if key[0] == channel_id]:
            del self._cached[key]

    def receivers(self, guilds: GuildCache, event: Event, intents: int) -> list[Session]:
        kind = _Kind(event.channel_id or 0, intents, event.needs, event.name in _CHANNEL_EVENTS, event.replaced_by)
        receivers = self._cached.get(kind)
        if receivers is None:
            state = guilds.get(self.guild_id)
            receivers = self._cached[kind] = {session: None for session in self.sessions if kind.takes(state, session)}
        return list(receivers)

    def enter(self, guilds: GuildCache, session: Session) -> None:
        """One more, or what it may see has changed; what is known of the others stays, for many come at once."""
        self._forget_session(session)
        self.sessions.add(session)
        if len(self._cached) > MAX_RENEWED:
            self._cached.clear()
        state = guilds.get(self.guild_id)
        for kind, receivers in self._cached.items():
            if kind.takes(state, session):
                receivers[session] = None

    def leave(self, session: Session) -> None:
        self.watch(session, frozenset())
        self._forget_session(session)

    def _forget_session(self, session: Session) -> None:
        if session.is_bot:
            self._bots.clear()
        self.sessions.discard(session)
        for receivers in self._cached.values():
            receivers.pop(session, None)


def _scene(event: Event) -> Scene | None:
    """Where an event happened; None for one that tells somebody that it sees something no more."""
    if event.name in _FAREWELLS or (event.guild_id is None and event.channel_id is None):
        return None
    return Scene(int(event.guild_id or 0), int(event.channel_id or 0))


class _Delivery:
    """One event on its way to its receivers."""

    __slots__ = ("_bare", "_dispatch", "_event", "receivers")

    def __init__(self, event: Event, receivers: Iterable[Session], number: int) -> None:
        self._event = event
        self.receivers = iter(receivers)
        self._dispatch = self._prepare(event.body, number)
        self._bare = None if event.content_free_body is None else self._prepare(event.content_free_body, number)

    def body_for(self, session: Session) -> PreparedDispatch:
        if self._bare is None or session.sees_content:
            return self._dispatch
        is_party = session.user_id == self._event.author_id or session.user_id in self._event.mentioned_ids
        return self._dispatch if is_party else self._bare

    def _prepare(self, body: bytes, number: int) -> PreparedDispatch:
        event = self._event
        guild_id = None if event.guild_id is None else int(event.guild_id)
        return PreparedDispatch(
            event.name, body, is_lossy=event.is_lossy, guild_id=guild_id, number=number, scene=_scene(event)
        )


class Hub:
    """Every session of this process. It is the bus's subscriber: an event goes out in the turn that publishes it, but for
    what would hold the loop too long, which follows in the next turns. Who gets it is settled when it is published.
    """

    def __init__(
        self,
        guilds: GuildCache,
        now_ms: Callable[[], int],
        joined_guild: Callable[[Session, int, bytes], bytes | None],
        call_soon: Callable[[Callable[[], None]], object] | None = None,
        directs: DirectCache | None = None,
    ) -> None:
        """`joined_guild` makes the body of GUILD_CREATE for a session that joined: the one that was published, or another
        where that depends on the session; None where it is not there any more.

        `call_soon` is the loop's; without it everything goes out at once.
        """
        self._call_soon = call_soon
        self._guilds = guilds
        self._directs = directs or DirectCache()
        self._now_ms = now_ms
        self._joined_guild = joined_guild
        self._sessions: dict[str, Session] = {}
        self._by_user: dict[int, set[Session]] = {}
        self._by_guild: dict[int, _GuildAudience] = {}
        self._deliveries: deque[_Delivery] = deque()
        self._turn_end: float | None = (
            None  # when this turn of the loop has heard enough of events; None before the first
        )
        self.published = 0  # events so far

    def __len__(self) -> int:
        return len(self._sessions)

    def __contains__(self, session_id: str) -> bool:
        return session_id in self._sessions

    def get(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def all(self) -> list[Session]:
        return list(self._sessions.values())

    def of_user(self, user_id: int) -> list[Session]:
        return list(self._by_user.get(user_id, ()))

    def watch(self, session: Session, guild_id: int, user_ids: Iterable[int]) -> None:
        """Let a session hear of these members' presences in a guild that is too large for all of them."""
        audience = self._by_guild.get(guild_id)
        if audience is not None and session in audience.sessions:
            audience.watch(session, frozenset(user_ids))

    def add(self, session: Session) -> None:
        """Let a session hear of everything from now on, in the guilds that its user is in."""
        self._sessions[session.id] = session
        self._by_user.setdefault(session.user_id, set()).add(session)
        for state in self._guilds.of_user(session.user_id):
            self._enter(session, state.id)

    def remove(self, session: Session) -> None:
        """Forget a session. Harmless when it is gone already."""
        if self._sessions.pop(session.id, None) is None:
            return
        of_user = self._by_user.get(session.user_id, set())
        of_user.discard(session)
        if not of_user:
            self._by_user.pop(session.user_id, None)
        for guild_id in list(session.guild_ids):
            self._leave(session, guild_id)

    def publish(self, event: Event) -> None:
        """Give an event to all who may and want to see it."""
        if event.guild_id is not None and event.name in _AUDIENCE_EVENTS:
            if event.guild_id in self._by_guild:
                self._by_guild[event.guild_id].forget()
        elif event.guild_id is not None and event.name in _MEMBER_EVENTS:
            self._renew_member(event, event.guild_id)
        elif event.name in _THREAD_EVENTS and event.guild_id in self._by_guild and event.channel_id is not None:
            self._by_guild[event.guild_id].forget_channel(event.channel_id)
        self.published += 1
        receivers = self._receivers(event)
        if receivers:
            if event.name == "GUILD_CREATE":
                receivers = self._welcome(event, receivers, self._now_ms())
            self._deliveries.append(_Delivery(event, receivers, self.published))
            if len(self._deliveries) == 1:
                self._deliver()
        self._follow(event)

    def _deliver(self) -> None:
        """Hand out what was published, in order, and the rest in the loop's next turn where it is more than one turn's."""
        if self._turn_end is None and self._call_soon is not None:
            self._turn_end = time.perf_counter() + DELIVER_SLICE_S
            self._call_soon(self._begin_turn)
        end = math.inf if self._turn_end is None else self._turn_end
        if time.perf_counter() >= end:
            return
        now_ms = self._now_ms()
        while self._deliveries:
            delivery = self._deliveries[0]
            for count, session in enumerate(delivery.receivers, 1):
                try:
                    session.deliver(delivery.body_for(session), now_ms)
                except Exception:  # one session's fault is not to keep the event from the others
                    self._give_up(session)
                if count % DELIVERED_UNTIMED == 0 and time.perf_counter() >= end:
                    return
            self._deliveries.popleft()

    def _begin_turn(self) -> None:
        self._turn_end = None
        if self._deliveries:
            self._deliver()

    def _give_up(self, session: Session) -> None:
        logger.exception("a session failed on a dispatch")
        self.remove(session)
        if session.link is not None:
            session.link.end(CloseCode.UNKNOWN_ERROR, "the server failed: reconnect")

    def _welcome(self, event: Event, receivers: Iterable[Session], now_ms: int) -> list[Session]:
        """Tell those of a guild that they joined to whom it is told in their own way, and return the others."""
        others = []
        for session in receivers:
            body = event.body if event.guild_id is None else self._joined_guild(session, event.guild_id, event.body)
            if body is event.body:
                others.append(session)
            elif body is not None:
                session.deliver(PreparedDispatch(event.name, body), now_ms)
        return others

    def _receivers(self, event: Event) -> Iterable[Session]:
        wanted = EVENT_INTENTS.get(event.name, _UNBOUND)
        intents = int(wanted.direct if event.guild_id is None else wanted.guild)
        if event.user_ids is not None:
            receivers: Iterable[Session] = self._of_users(event, intents)
        elif event.guild_id is not None and event.guild_id in self._by_guild:
            if event.name == "PRESENCE_UPDATE" and self._is_large(event.guild_id):
                return self._of_presence(event, intents)
            receivers = self._by_guild[event.guild_id].receivers(self._guilds, event, intents)
        else:
            return ()
        if event.told_id is not None:
            return [session for session in receivers if session.user_id != event.told_id]
        if event.name.startswith(_EXTENSION_PREFIX):
            return [session for session in receivers if event.name in session.extension_events]
        if event.name == "THREAD_MEMBERS_UPDATE" and event.mentioned_ids:
            return {*receivers, *self._concerned(event)}
        if event.name == "USER_SETTINGS_UPDATE":  # the others are told by USER_SETTINGS_PROTO_UPDATE, as they asked for
            return [session for session in receivers if not session.capabilities & Capability.USER_SETTINGS_PROTO]
        if event.name in _OWN_EVENTS and event.author_id is not None:
            own = self._by_user.get(event.author_id, set())
            others = (session for session in receivers if session.user_id != event.author_id)
            return itertools.chain([session for session in own if event.guild_id in session.guild_ids], others)
        return receivers

    def _concerned(self, event: Event) -> Iterable[Session]:
        """The sessions of those who were added to a thread or removed: they are told without GUILD_MEMBERS, too, and
        also when they see the thread no more."""
        return (
            session
            for user_id in event.mentioned_ids
            for session in self._by_user.get(user_id, ())
            if session.intents & Intents.GUILDS and event.guild_id in session.guild_ids
        )

    def _of_users(self, event: Event, intents: int) -> Iterator[Session]:
        guild_id = event.guild_id
        return (
            session
            for user_id in self._connected_of(self._still_there(event))
            for session in tuple(self._by_user.get(user_id, ()))
            if (not intents or session.intents & intents)
            and (event.session_id is None or session.id == event.session_id)
            and event.replaced_by not in session.extension_events
            and (session.takes_direct if guild_id is None else session.takes_guild(guild_id))
        )

    def _still_there(self, event: Event) -> frozenset[int]:
        """Whom an event names, less those who were taken out of the group that it happens in while it was written."""
        user_ids = event.user_ids or frozenset()
        if event.guild_id is not None or event.channel_id is None or not event.name.startswith(_IN_DIRECTS):
            return user_ids
        direct = self._directs.get(event.channel_id)
        return user_ids if direct is None else user_ids.intersection(direct.recipient_ids)

    def _connected_of(self, user_ids: frozenset[int]) -> Iterable[int]:
        """Those of the users who may be connected; a deleted guild can name a hundred thousand, and few of them are."""
        if len(user_ids) <= len(self._by_user):
            return user_ids
        return [user_id for user_id in self._by_user if user_id in user_ids]

    def _is_large(self, guild_id: int) -> bool:
        state = self._guilds.get(guild_id)
        return state is not None and len(state.members) > LARGE_MEMBER_COUNT

    def _of_presence(self, event: Event, intents: int) -> set[Session]:
        """Who hears of a presence in a large guild: bots that asked for all, who watches the user, and the user itself."""
        guild_id = event.guild_id or 0
        user_id = subject_id(event)
        audience = self._by_guild[guild_id]
        own = (session for session in self._by_user.get(user_id, ()) if guild_id in session.guild_ids)
        accounts = (session for session in own if not session.is_bot)
        return {*audience.bots(intents), *audience.watchers.get(user_id, ()), *accounts}

    def _renew_member(self, event: Event, guild_id: int) -> None:
        """What one member may see can be different."""
        audience = self._by_guild.get(guild_id)
        if audience is None:
            return
        for session in self.of_user(subject_id(event)):
            if event.name == "GUILD_MEMBER_REMOVE":
                self._leave(session, guild_id)
            elif session in audience.sessions:
                audience.enter(self._guilds, session)

    def _follow(self, event: Event) -> None:
        """Note who is in which guild now."""
        guild_id = event.guild_id
        if guild_id is None:
            return
        if event.name == "GUILD_CREATE" and event.user_ids is not None:
            for user_id in event.user_ids:
                for session in self._by_user.get(user_id, ()):
                    self._enter(session, guild_id)
        elif event.name == "GUILD_DELETE":
            self._empty(guild_id, event.user_ids)

    def _empty(self, guild_id: int, user_ids: frozenset[int] | None) -> None:
        """Take these users' sessions out of a guild, all for None; where nobody stays, its audience goes at once."""
        audience = self._by_guild.get(guild_id)
        if audience is None:
            return
        gone = [session for session in audience.sessions if user_ids is None or session.user_id in user_ids]
        if len(gone) < len(audience.sessions):
            for session in gone:
                self._leave(session, guild_id)
            return
        del self._by_guild[guild_id]
        for session in gone:
            session.guild_ids.discard(guild_id)
            session.watched.pop(guild_id, None)

    def _enter(self, session: Session, guild_id: int) -> None:
        if guild_id in session.guild_ids or not session.takes_guild(guild_id):
            return
        session.guild_ids.add(guild_id)
        audience = self._by_guild.get(guild_id)
        if audience is None:
            audience = self._by_guild[guild_id] = _GuildAudience(guild_id)
        audience.enter(self._guilds, session)

    def _leave(self, session: Session, guild_id: int) -> None:
        session.guild_ids.discard(guild_id)
        audience = self._by_guild.get(guild_id)
        if audience is None:
            return
        audience.leave(session)
        if not audience.sessions:
            del self._by_guild[guild_id]
