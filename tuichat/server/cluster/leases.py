"""Which nodes live, and which of them owns a guild: leases in NATS's key-value store.

A node keeps one key alive, however many guilds it owns. A guild's key names its owner, with a fencing number that rises with
each change of owner; the owner is one as long as its node's key is there. Who finds an owner whose key is gone may take the
guild, if nobody else was faster. A node that could not renew its key in time owns nothing from that moment on, by its own
clock, which is earlier than the broker's; and as a process can be stopped between looking at the clock and writing, the store
refuses writes with a lower fencing number than the last.
"""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from typing import Annotated

import msgspec
import nats.errors
from nats.js.kv import KeyValue

from tuichat.server.bus.nats_link import NatsLink, end_tasks
from tuichat.server.cluster.buckets import Buckets, ClusterError, Outdated, problems
from tuichat.server.cluster.lease_clock import LeaseClock, awake_s

logger = logging.getLogger(__name__)

TTL_S = 4.0  # a dead node's guilds are taken after this; a restart of the broker is faster
RETRY_S = 0.1
OPEN_LIMIT_S = 10.0
RENEWALS = 4  # in the time of a lease
TRIES = 5  # of nodes that want a guild at the same time

Token = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]


class LeaseLost(ClusterError):
    """This node does not own that guild, or not any more: nothing may be written."""


class Taken(ClusterError):
    """Another living node owns the guild."""

    def __init__(self, guild_id: int, node_id: str) -> None:
        super().__init__(f"Node {node_id} owns guild {guild_id}.")
        self.node_id = node_id


class NodeInfo(msgspec.Struct, frozen=True):
    """What a node says of itself."""

    node_id: Token
    roles: tuple[str, ...] = ()
    region: str = ""
    load: float = 0.0


class Ownership(msgspec.Struct, frozen=True):
    """A guild's key. `lease` is the key of its owner's node, empty where nobody owns it."""

    epoch: Annotated[int, msgspec.Meta(ge=0, le=(1 << 53) - 1)]
    node_id: str = ""
    lease: str = ""


class GuildLease:
    """A guild that this node owns. `epoch` is the fencing number, higher than that of every earlier owner."""

    def __init__(self, leases: "Leases", guild_id: int, epoch: int, lease: str, revision: int) -> None:
        self._leases = leases
        self.guild_id = guild_id
        self.epoch = epoch
        self.lease = lease
        self.revision = revision

    @property
    def is_held(self) -> bool:
        return self._leases.is_held(self)

    def check(self) -> None:
        """Call this before each write. Raises LeaseLost."""
        if not self.is_held:
            raise LeaseLost(f"This node does not own guild {self.guild_id} any more.")


class Leases:
    """This node's leases, and what it knows of the others'. `open` makes one."""

    def __init__(
        self,
        link: NatsLink,
        server_id: str,
        info: NodeInfo,
        *,
        ttl_s: float = TTL_S,
        replicas: int = 1,
        lost: Callable[[], None] = lambda: None,
        changed: Callable[[], None] = lambda: None,
        now_s: Callable[[], float] = awake_s,
    ) -> None:
        """`lost` is called when this node owns nothing any more; `changed` when a node came or went, or a guild's owner did.

        All nodes have the same `ttl_s` and `replicas`.
        """
        self._link = link
        self._buckets = Buckets(link, server_id, ttl_s, replicas)
        self._info = info
        self._ttl_s = ttl_s
        self._lost = lost
        self._changed = changed
        self._now_s = now_s
        self._clock = LeaseClock(ttl_s, ttl_s / 4)
        self._lease = ""  # this node's key
        self._revision = 0  # of it
        self._ended = ""  # an earlier key, which the broker may still have
        self._held: dict[int, GuildLease] = {}
        self._nodes: dict[str, tuple[NodeInfo, float]] = {}  # by their keys, with when they were last heard of
        self._owners: dict[int, Ownership] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._seen = {kind: asyncio.Event() for kind in ("nodes", "guilds")}  # what was there at the beginning

    async def open(self) -> None:
        """Become a living node, and learn of the others. Raises ClusterError."""
        await self._register()
        self._tasks = [
            asyncio.create_task(self._renew_always(), name="leases"),
            asyncio.create_task(self._watch_always("nodes", self._note_node), name="nodes"),
            asyncio.create_task(self._watch_always("guilds", self._note_owner), name="owners"),
        ]
        try:
            async with asyncio.timeout(OPEN_LIMIT_S):
                for seen in self._seen.values():
                    await seen.wait()
        except TimeoutError:
            raise ClusterError("The NATS broker does not tell which nodes there are.") from None

    async def close(self) -> None:
        """Give up all guilds, and be no node any more."""
        await end_tasks(self._tasks)
        self._held.clear()
        self._clock.end()
        if self._lease:
            with contextlib.suppress(ClusterError):
                await self._buckets.delete("nodes", self._lease)

    @property
    def is_alive(self) -> bool:
        """Whether this node may write: it renewed its key in time."""
        return self._clock.holds(self._now_s())

    @property
    def held(self) -> list[int]:
        return list(self._held) if self.is_alive else []

    def is_held(self, lease: GuildLease) -> bool:
        return self.is_alive and self._held.get(lease.guild_id) is lease

    def nodes(self) -> dict[str, NodeInfo]:
        """The living nodes by id, this one among them. One that died is here for up to a lease's time."""
        now_s = self._now_s()
        living = {info.node_id: info for info, heard_s in self._nodes.values() if now_s - heard_s <= self._ttl_s}
        if self.is_alive:
            living[self._info.node_id] = self._info
        return living

    def owner_of(self, guild_id: int) -> str | None:
        """The node that owns a guild, as far as is known here: calls go there, and find out."""
        if guild_id in self._held and self.is_alive:
            return self._info.node_id
        owner = self._owners.get(guild_id)
        if owner is None or owner.node_id == self._info.node_id or owner.node_id not in self.nodes():
            return None
        return owner.node_id

    def say(self, info: NodeInfo) -> None:
        """Have the others learn something new of this node, such as its load, with the next renewal."""
        self._info = info

    async def acquire(self, guild_id: int, *, floor: int = 0) -> GuildLease:
        """Own a guild. `floor` is the highest fencing number that the store knows of it.

        Raises Taken where another living node owns it, LeaseLost where this node is not one, and ClusterError.
        """
        guild_id = int(guild_id)
        held = self._held.get(guild_id)
        if held is not None and held.is_held:
            return held
        for _ in range(TRIES):
            lease = self._lease
            if not self.is_alive:
                raise LeaseLost("This node could not renew its lease, and owns nothing until it can.")
            read = await self._buckets.get("guilds", str(guild_id))
            before = Ownership(0) if read is None else _ownership(read[0])
            if before.lease and before.lease != lease and await self._buckets.get("nodes", before.lease) is not None:
                raise Taken(guild_id, before.node_id)
            epoch = max(before.epoch, floor) + 1
            value = msgspec.json.encode(Ownership(epoch, self._info.node_id, lease))
            with contextlib.suppress(Outdated):
                revision = await self._buckets.put("guilds", str(guild_id), value, None if read is None else read[1])
                if self._lease != lease or not self.is_alive:
                    raise LeaseLost("This node's lease ended while it took a guild.")
                self._held[guild_id] = GuildLease(self, guild_id, epoch, lease, revision)
                return self._held[guild_id]
        raise ClusterError(f"Too many nodes want guild {guild_id} at once.")

    async def release(self, guild_id: int) -> None:
        """Let another own a guild, at once. Raises ClusterError: then it is free when this node ends."""
        held = self._held.pop(int(guild_id), None)
        if held is not None and self.is_alive:
            with contextlib.suppress(Outdated):
                await self._buckets.put(
                    "guilds", str(int(guild_id)), msgspec.json.encode(Ownership(held.epoch)), held.revision
                )

    # This node's key.

    async def _register(self) -> None:
        """Begin a new lease. Raises ClusterError."""
        asked_s = self._now_s()
        lease = secrets.token_hex(8)
        self._revision = await self._buckets.put("nodes", lease, msgspec.json.encode(self._info), None)
        self._lease, ended = lease, self._ended
        self._clock.renewed(asked_s)
        if ended:
            self._ended = ""
            with contextlib.suppress(ClusterError):
                await self._buckets.delete("nodes", ended)

    async def _renew_always(self) -> None:
        while True:
            await asyncio.sleep(self._ttl_s / RENEWALS)
            try:
                await self._renew()
            except ClusterError as error:
                logger.warning("This node's lease could not be renewed: %s", error)
            except Exception:
                logger.exception("This node's lease could not be renewed")

    async def _renew(self) -> None:
        """Raises ClusterError, when it is over."""
        while self.is_alive:
            asked_s = self._now_s()
            try:
                value = msgspec.json.encode(self._info)
                async with asyncio.timeout(self._ttl_s / RENEWALS):
                    self._revision = await self._buckets.put("nodes", self._lease, value, self._revision)
                self._clock.renewed(asked_s)
                return
            except Outdated:
                # Written by an attempt whose answer was lost, or ended. Only this node writes the key.
                with contextlib.suppress(ClusterError, TimeoutError):
                    async with asyncio.timeout(self._ttl_s / RENEWALS):
                        read = await self._buckets.get("nodes", self._lease)
                    if read is None:
                        break
                    self._revision = read[1]
            except (ClusterError, TimeoutError):
                await asyncio.sleep(RETRY_S)
        self._give_up()
        await self._register()

    def _give_up(self) -> None:
        """The lease is over: another node may own what this one did."""
        if not self._lease:
            return
        self._clock.end()
        self._ended, self._lease = self._lease, ""
        logger.warning("This node's lease ended; it owned %d guilds", len(self._held))
        self._held.clear()
        self._lost()

    # The others' keys.

    async def _watch_always(self, kind: str, note: Callable[[str, bytes | None], None]) -> None:
        """Follow a bucket, anew with each connection."""
        while True:
            await self._link.wait_up()
            client = self._link.client
            try:
                bucket = await self._buckets.open(kind)
                with problems():
                    watcher = await bucket.watchall()
                    while client is self._link.client:
                        await self._take_update(kind, watcher, note)
            except ClusterError as error:
                logger.info("The %s of the cluster are not known: %s", kind, error)
                await asyncio.sleep(RETRY_S)
            except Exception:
                logger.exception("The %s of the cluster are not known", kind)
                await asyncio.sleep(1.0)

    async def _take_update(
        self, kind: str, watcher: KeyValue.KeyWatcher, note: Callable[[str, bytes | None], None]
    ) -> None:
        try:
            update = await watcher.updates(self._ttl_s / RENEWALS)  # type: ignore[no-untyped-call]  # the library's
        except nats.errors.TimeoutError:
            self._forget_the_dead()
            return
        if update is None:
            self._seen[kind].set()
        elif isinstance(update, KeyValue.Entry):
            note(update.key, None if update.operation else update.value)

    def _note_node(self, key: str, value: bytes | None) -> None:
        before = set(self.nodes())
        if value is None:
            self._nodes.pop(key, None)
        elif key != self._lease:
            try:
                self._nodes[key] = (msgspec.json.decode(value, type=NodeInfo), self._now_s())
            except msgspec.DecodeError:
                logger.warning("A node says of itself what cannot be read: %d bytes", len(value))
        self._forget_the_dead()
        if set(self.nodes()) != before:
            self._changed()

    def _forget_the_dead(self) -> None:
        now_s = self._now_s()
        dead = [key for key, (_, heard_s) in self._nodes.items() if now_s - heard_s > self._ttl_s]
        for key in dead:
            del self._nodes[key]
        if dead:
            self._changed()

    def _note_owner(self, key: str, value: bytes | None) -> None:
        if not key.isascii() or not key.isdigit():
            return
        try:
            self._owners[int(key)] = Ownership(0) if value is None else _ownership(value)
        except ClusterError as error:
            logger.warning("%s", error)
        if self._seen["guilds"].is_set():
            self._changed()


def _ownership(value: bytes) -> Ownership:
    try:
        return msgspec.json.decode(value, type=Ownership)
    except msgspec.DecodeError:
        raise ClusterError(f"The key of a guild cannot be read: {len(value)} bytes") from None
