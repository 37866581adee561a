"""Presences of all nodes: each tells the others what its own sessions claim, and what a node told goes with it.

Every node knows all claims, and works out by itself what is shown and whom of its sessions it tells. Changes are numbered, and
the last number is told every second: who missed one reads all claims of that node again, by calls.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Annotated

import msgspec

from tuichat.protocol import codec, json
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.user import Activity
from tuichat.server.bus import Bus
from tuichat.server.bus.bus import BusError
from tuichat.server.cluster.lease_clock import awake_s
from tuichat.server.presences import Claim, Presences

logger = logging.getLogger(__name__)

TOPIC = SERVICE = "presences"
BEAT_S = 1.0
GONE_S = 4.0  # a node that said nothing for so long is gone, with its people
PAGE_USERS = 200
MAX_HELD = 5000  # changes that wait while a node's claims are read

_Number = Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]
_UserId = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class UserClaims(msgspec.Struct, frozen=True):
    """All that the sessions of a user on one node claim, the one that spoke last as the last; none: it left there."""

    user_id: _UserId
    claims: tuple[tuple[str, Claim], ...] = ()
    custom: Activity | None = None
    custom_ends_ms: int | None = None


class Change(msgspec.Struct, frozen=True, tag="change"):
    """A user's claims on the node that tells; its sessions elsewhere are to claim `status_everywhere`, too."""

    number: _Number
    user: UserClaims
    status_everywhere: str | None = None


class Beat(msgspec.Struct, frozen=True, tag="beat"):
    """A sign of life, with the number of the last change; `is_last`: the node ends."""

    number: _Number
    is_last: bool = False


class _Ask(msgspec.Struct, frozen=True):
    after: int  # a user's id


class _Page(msgspec.Struct, frozen=True):
    number: _Number  # of the last change in it
    users: tuple[UserClaims, ...]
    has_more: bool


class _Neighbour:
    """What another node told."""

    def __init__(self) -> None:
        self.heard_s = 0.0
        self.number: int | None = None  # of the last change that is known; None: all is to be read
        self.sessions: dict[int, set[str]] = {}  # by user
        self.held: deque[Change] = deque()  # while it is read
        self.reading: asyncio.Task[None] | None = None


class SharedPresences(Presences):
    """Presences, on each node of a server. Its own sessions are set as in one process; those of other nodes come by the bus."""

    def __init__(self, bus: Bus, changed: Callable[[int], None], now_s: Callable[[], float] = awake_s) -> None:
        """`changed(user_id)` is called when others see a difference that another node made."""
        super().__init__()
        self._bus = bus
        self._changed = changed
        self._now_s = now_s
        self._own: dict[int, dict[str, None]] = {}  # this node's sessions by user
        self._own_custom: dict[int, tuple[Activity, int | None]] = {}
        self._number = 0
        self._looked_s = now_s()
        self._neighbours: dict[str, _Neighbour] = {}
        self._leave = (bus.listen(TOPIC, self._hear), bus.serve(SERVICE, self._tell_page))

    async def run(self) -> None:
        """Tell that this node lives, and find out who does not any more, until this is cancelled."""
        try:
            while True:
                self._say(Beat(self._number))
                self._forget_the_gone()
                await asyncio.sleep(BEAT_S)
        finally:
            self._say(Beat(self._number, is_last=True))
            for leave in self._leave:
                leave()
            for neighbour in self._neighbours.values():
                if neighbour.reading is not None:
                    neighbour.reading.cancel()

    # This node's sessions.

    def set(
        self,
        user_id: int,
        session_id: str,
        status: str,
        activities: Sequence[Activity],
        client: str = "desktop",
        os: str = "unknown",
    ) -> bool:
        own = self._own.setdefault(user_id, {})
        own.pop(session_id, None)
        own[session_id] = None
        is_changed = super().set(user_id, session_id, status, activities, client, os)
        self._tell(user_id)
        return is_changed

    def set_all(self, user_id: int, status: str) -> bool:
        is_changed = super().set_all(user_id, status)
        self._tell(user_id, status)
        return is_changed

    def set_custom(self, user_id: int, activity: Activity | None, ends_ms: int | None = None) -> bool:
        is_changed = super().set_custom(user_id, activity, ends_ms)
        if user_id in self._own:
            if activity is None:
                self._own_custom.pop(user_id, None)
            else:
                self._own_custom[user_id] = (activity, ends_ms)
            self._tell(user_id)
        return is_changed

    def remove(self, user_id: int, session_id: str) -> bool:
        own = self._own.get(user_id, {})
        own.pop(session_id, None)
        if not own:
            self._own.pop(user_id, None)
            self._own_custom.pop(user_id, None)
        is_changed = super().remove(user_id, session_id)
        self._tell(user_id)
        return is_changed

    def _claims_here(self, user_id: int) -> UserClaims:
        claims = self.claims(user_id)
        custom, ends_ms = self._own_custom.get(user_id, (None, None))
        own = tuple(
            (session_id, claims[session_id]) for session_id in self._own.get(user_id, ()) if session_id in claims
        )
        return UserClaims(int(user_id), own, custom, ends_ms)

    def _tell(self, user_id: int, status_everywhere: str | None = None) -> None:
        self._number += 1
        self._say(Change(self._number, self._claims_here(user_id), status_everywhere))

    def _say(self, message: Change | Beat) -> None:
        self._bus.tell(TOPIC, codec.encode(message))

    async def _tell_page(self, body: bytes) -> bytes:
        asked = json.decode(body, _Ask, source="a call for presences")
        user_ids = sorted(user_id for user_id in self._own if user_id > asked.after)
        users = tuple(self._claims_here(user_id) for user_id in user_ids[:PAGE_USERS])
        return codec.encode(_Page(self._number, users, len(user_ids) > PAGE_USERS))

    # The others'.

    def _hear(self, node_id: str, body: bytes) -> None:
        try:
            message: Change | Beat = json.decode(body, Change | Beat, source="a presence")  # type: ignore[arg-type]  # a union
        except ProtocolError as error:
            logger.warning("%s", error)
            return
        neighbour = self._neighbours.setdefault(node_id, _Neighbour())
        neighbour.heard_s = self._now_s()
        if isinstance(message, Beat):
            if message.is_last:
                self._forget(node_id)
            elif message.number != neighbour.number:
                self._read(node_id, neighbour)
        elif neighbour.reading is not None:
            if len(neighbour.held) < MAX_HELD:
                neighbour.held.append(message)
        elif neighbour.number is None or message.number > neighbour.number + 1:
            neighbour.held.append(message)
            self._read(node_id, neighbour)
        else:
            self._take(neighbour, message)

    def _take(self, neighbour: _Neighbour, change: Change) -> None:
        if neighbour.number is None or change.number != neighbour.number + 1:
            return
        neighbour.number = change.number
        self._note(neighbour, change.user)
        user_id = change.user.user_id
        if change.status_everywhere is not None and user_id in self._own:
            claims = self.claims(user_id)
            for session_id in list(self._own[user_id]):
                claim = claims[session_id]
                super().set(user_id, session_id, change.status_everywhere, claim.activities, claim.client, claim.os)
            self._tell(user_id)
            self._changed(user_id)

    def _note(self, neighbour: _Neighbour, user: UserClaims) -> None:
        """Take over what a user's sessions on another node claim."""
        user_id, told = user.user_id, dict(user.claims)
        known = self.claims(user_id)
        is_changed = False
        for session_id in neighbour.sessions.get(user_id, set()) - told.keys():
            is_changed |= super().remove(user_id, session_id)
        for session_id, claim in told.items():
            if known.get(session_id) != claim:
                is_changed |= super().set(user_id, session_id, claim.status, claim.activities, claim.client, claim.os)
        if told:
            neighbour.sessions[user_id] = set(told)
            if user.custom is not None or user_id not in self._own_custom:
                is_changed |= super().set_custom(user_id, user.custom, user.custom_ends_ms)
        else:
            neighbour.sessions.pop(user_id, None)
        if is_changed:
            self._changed(user_id)

    def _read(self, node_id: str, neighbour: _Neighbour) -> None:
        if neighbour.reading is None:
            neighbour.reading = asyncio.get_running_loop().create_task(
                self._read_all(node_id, neighbour), name="presences"
            )

    async def _read_all(self, node_id: str, neighbour: _Neighbour) -> None:
        """Read all claims of another node, and then what it told meanwhile."""
        try:
            first: int | None = None
            seen: set[int] = set()
            after, has_more = 0, True
            while has_more:
                page = json.decode(
                    await self._bus.call(node_id, SERVICE, codec.encode(_Ask(after))),
                    _Page,
                    source="a page of presences",
                )
                first = page.number if first is None else first
                if self._neighbours.get(node_id) is not neighbour:
                    return
                for user in page.users:
                    seen.add(user.user_id)
                    self._note(neighbour, user)
                has_more = page.has_more and bool(page.users)
                after = page.users[-1].user_id if page.users else after
            for user_id in neighbour.sessions.keys() - seen:
                self._note(neighbour, UserClaims(user_id))
            neighbour.number = first
            for change in neighbour.held:
                self._take(neighbour, change)
        except (BusError, ProtocolError) as error:
            logger.info("The presences of node %s are not known: %s", node_id, error)
        except Exception:
            logger.exception("The presences of node %s are not known", node_id)
        finally:
            neighbour.held.clear()
            neighbour.reading = None

    def _forget_the_gone(self) -> None:
        now_s = self._now_s()
        was_stopped, self._looked_s = now_s - self._looked_s > GONE_S / 2, now_s
        if was_stopped:  # it is this node that heard nothing
            for neighbour in self._neighbours.values():
                neighbour.heard_s = now_s
        for node_id in [each for each, neighbour in self._neighbours.items() if now_s - neighbour.heard_s > GONE_S]:
            self._forget(node_id)

    def _forget(self, node_id: str) -> None:
        """A node is gone, and its sessions with it."""
        neighbour = self._neighbours.pop(node_id)
        if neighbour.reading is not None:
            neighbour.reading.cancel()
        for user_id in list(neighbour.sessions):
            self._note(neighbour, UserClaims(user_id))
