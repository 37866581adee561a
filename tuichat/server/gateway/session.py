"""A gateway session: what one client was told, which outlives the sockets that it came over."""

import secrets
from collections.abc import Callable
from typing import Protocol

from tuichat.protocol.gateway_server import shard_of
from tuichat.protocol.intents import ALL_INTENTS, Intents
from tuichat.protocol.resume_buffer import Replay, ReplayRefusal, ResumeBuffer
from tuichat.protocol.user_settings import UserSettings
from tuichat.server.accounts import Actor
from tuichat.server.gateway.prepared import PreparedDispatch, Scene

RESUME_WINDOW_MS = 180_000  # how long a session waits for its client to come back
# A client may have been cut off for one and a half heartbeats (62 s) before we notice, and then has the window to come back.
REPLAY_AGE_MS = RESUME_WINDOW_MS + 65_000
MAX_HELD = 10_000  # dispatches that wait for READY; who cannot keep up with that identifies again

STORED = (
    -1
)  # in the place of a guild: what READY tells from rows of the store, read before the rest is told from memory
_OF_STORED = frozenset(
    {
        "CHANNEL_PINS_ACK",
        "GUILD_FEATURE_ACK",
        "MESSAGE_ACK",
        "USER_GUILD_SETTINGS_UPDATE",
        "USER_NON_CHANNEL_ACK",
        "USER_NOTE_UPDATE",
        "USER_SETTINGS_PROTO_UPDATE",
        "USER_SETTINGS_UPDATE",
        "USER_UPDATE",
    }
)


class Link(Protocol):
    """The connection that a session is attached to."""

    @property
    def is_slow(self) -> bool: ...
    def send_dispatch(self, dispatch: PreparedDispatch, sequence: int) -> None: ...
    def replace(self) -> None:
        """End the connection: its session was resumed over another one."""

    def end(self, code: int, reason: str) -> None: ...


class Session:
    """One identified client: what it may see and wants to see, and its numbered dispatches."""

    __slots__ = (
        "_held",
        "_told",
        "_told_last",
        "actor",
        "buffer",
        "capabilities",
        "detached_ms",
        "extension_events",
        "gateway_url",
        "guild_ids",
        "has_lost",
        "id",
        "intents",
        "link",
        "sees_content",
        "settings",
        "shard",
        "user_id",
        "watched",
    )

    def __init__(
        self,
        *,
        actor: Actor,
        intents: int | None = None,
        shard: tuple[int, int] | None = None,
        extension_events: frozenset[str] = frozenset(),
        capabilities: int = 0,
    ) -> None:
        """`intents` None, as user accounts leave it: everything."""
        self.id = secrets.token_hex(16)
        self.actor = actor
        self.user_id = int(actor.user_id)
        self.intents = int(ALL_INTENTS) if intents is None else intents
        self.sees_content = not actor.is_bot or bool(self.intents & Intents.MESSAGE_CONTENT)
        self.shard = shard
        self.extension_events = extension_events
        self.gateway_url = ""  # how its client reached the gateway, once it did
        self.capabilities = capabilities
        self.settings: UserSettings | None = None  # an account's, once READY was made
        self.guild_ids: set[int] = set()
        self.watched: dict[int, frozenset[int]] = {}  # by large guild: members whose presence it wants all the same
        self.buffer = ResumeBuffer(max_age_ms=REPLAY_AGE_MS)
        self.link: Link | None = None
        self.detached_ms = 0
        self.has_lost = False  # more happened before READY than is held: the client must begin anew
        self._held: list[PreparedDispatch] | None = []
        self._told: dict[int | None, int] | None = None  # by guild: the last dispatch that READY knows of
        self._told_last = 0

    @property
    def is_bot(self) -> bool:
        return self.actor.is_bot

    @property
    def has_begun(self) -> bool:
        """Whether READY was sent."""
        return self._held is None

    def takes_guild(self, guild_id: int) -> bool:
        """Say whether dispatches of this guild go to this session's shard."""
        return self.shard is None or shard_of(guild_id, self.shard[1]) == self.shard[0]

    @property
    def takes_direct(self) -> bool:
        """Whether dispatches outside guilds go to this session: only shard 0 has them."""
        return self.shard is None or self.shard[0] == 0

    def deliver(self, dispatch: PreparedDispatch, now_ms: int) -> None:
        """Number a dispatch, keep it for a resume, and send it where a client is connected."""
        if self._told is not None and self._was_told(dispatch):
            return
        link = self.link
        if self._held is not None:
            if len(self._held) < MAX_HELD:
                self._held.append(dispatch)
            else:
                self.has_lost = True
            return
        if dispatch.is_lossy and (dispatch.name == "TYPING_START" if link is None else link.is_slow):
            return
        sequence = self.buffer.append(dispatch.tail, now_ms, dispatch.scene)
        if link is not None:
            link.send_dispatch(dispatch, sequence)

    def note_told(self, guild_id: int | None, number: int) -> None:
        """READY tells of a guild, of all outside guilds (None), or of STORED, as it is after dispatch `number`: those up to
        it are in it."""
        if self._told is None:
            self._told = {}
        self._told[guild_id] = self._told_last = number

    def _was_told(self, dispatch: PreparedDispatch) -> bool:
        assert self._told is not None
        if not dispatch.number:
            return False
        if self._held is None and dispatch.number > self._told_last:  # nothing older comes any more
            self._told = None
            return False
        about = STORED if dispatch.name in _OF_STORED else dispatch.guild_id
        return dispatch.number <= self._told.get(about, 0)

    def begin(self, dispatches: list[PreparedDispatch], now_ms: int) -> None:
        """Send READY and what belongs to it, then what happened while it was being made."""
        held, self._held = self._held or [], None
        for dispatch in dispatches:
            self.deliver(dispatch, now_ms)
            if dispatch.name == "READY":  # who does not have it knows no session to resume; it may be large
                self.buffer.acknowledge(self.buffer.last_sequence)
        for dispatch in held:
            self.deliver(dispatch, now_ms)

    def replay_after(
        self, sequence: int | None, now_ms: int, may_see: Callable[[Scene], bool] = lambda scene: True
    ) -> Replay | ReplayRefusal:
        """What the client has missed, less what it may not see any more."""
        self.buffer.forget_unseen(sequence, lambda scene: not isinstance(scene, Scene) or may_see(scene))
        return self.buffer.replay_after(sequence, now_ms)

    def attach(self, link: Link) -> None:
        """Send to this connection from now on; one that was attached before is ended."""
        before, self.link = self.link, link
        if before is not None:
            before.replace()

    def detach(self, link: Link, now_ms: int) -> None:
        if self.link is link:
            self.link = None
            self.detached_ms = now_ms

    def is_expired(self, now_ms: int) -> bool:
        """Say whether nobody may resume it any more. One that still waits for its READY is its IDENTIFY's to end."""
        return self.has_begun and self.link is None and now_ms - self.detached_ms > RESUME_WINDOW_MS
