"""The bus of several nodes: events go through NATS, and what NATS loses is read again from where it is kept.

NATS hands a message to who is connected at that moment, and forgets it. So every stream of events is numbered, owners tell
now and then how far they are, and who finds a gap reads a guild's kept events from the store, and private events from the
node that published them. A node that is away from the broker queues nothing: the others will find the gap.

Subjects, below `tuichat.SERVER_ID`: `g.GUILD` (what happens in a guild), `u.USER` (what is for one user), `all` (signs of life,
and what is for very many users), `t.TOPIC` (what parts of the server tell each other), `n.NODE.SERVICE` (calls).
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Awaitable, Callable, Coroutine
from typing import Self

import msgspec
import nats.errors

from tuichat.protocol.errors import ProtocolError
from tuichat.server.bus.bus import (
    DEFAULT_CALL_S,
    MAX_CALL_BYTES,
    BusError,
    CallFailed,
    CallTimeout,
    CallTooLarge,
    Handler,
    Leave,
    Listener,
    Loss,
    LossSubscriber,
    NobodyAnswers,
    Subscriber,
)
from tuichat.server.bus.events import Event
from tuichat.server.bus.guild_stream import GuildStream, Standing
from tuichat.server.bus.local_bus import LocalBus
from tuichat.server.bus.nats_address import NatsAddress
from tuichat.server.bus.nats_link import NatsLink, end_tasks
from tuichat.server.bus.peer import Peer
from tuichat.server.bus.private_ring import PrivateRing
from tuichat.server.bus.wire import (
    MAX_HEADS,
    Answer,
    Ask,
    Farewell,
    Heads,
    PrivateAsk,
    PrivatePage,
    Said,
    Told,
    decode,
    decode_as,
    encode,
)

logger = logging.getLogger(__name__)

ReadEvents = Callable[[int, int, int], Awaitable[list[Event]]]  # guild_id, after_seq, limit: as Store.read_events

ANNOUNCE_S = (
    0.5  # brokers take a second to connect to each other again, so one that is missing tells of a cut between them
)
ANNOUNCE_ALL_S = 10.0
PEER_LIMIT_S = 5.0  # a node that has said nothing for so long is gone
SETTLE_GUILDS_S = 5.0  # after a connection was made anew: guilds of which nobody told by then are read from the store
PAGE = 200  # events read from the store at once
MAX_READS = 8  # at once
FIRST_PAUSE_S, LAST_PAUSE_S = 0.05, 5.0  # between two attempts to read
MAX_NAMED = 16  # users who are told each by a message of their own; more are told by one to all nodes
MAX_SERVED = 500  # calls answered at once
PRIVATE_CALL_S = 1.5
PRIVATE_SERVICE = "bus_private"


class NatsBus:
    """Implements Bus. `open` makes one."""

    def __init__(
        self,
        address: NatsAddress,
        server_id: str,
        read_events: ReadEvents,
        *,
        tls: ssl.SSLContext | None = None,
        now_s: Callable[[], float] | None = None,
    ) -> None:
        self._local = LocalBus()
        self._prefix = f"tuichat.{server_id}"
        self._read_events = read_events
        self._now_s = now_s or asyncio.get_running_loop().time
        self.link = NatsLink(
            address, self._prefix, self._receive, came_up=self._come_up, went_down=self._go_down, tls=tls
        )
        self._streams: dict[int, GuildStream] = {}
        self._heads: dict[int, int] = {}  # of the guilds that this node owns
        self._changed: set[int] = set()  # those whose head is still to be told
        self._peers: dict[str, Peer] = {}
        self._ring = PrivateRing()
        self._listeners: dict[str, Listener] = {}
        self._count = 0
        self._breaches = 0
        self._is_breached = False  # since the last announcement
        self._announced_all_s = -ANNOUNCE_ALL_S
        self._announce_now = asyncio.Event()
        self._looked_s = self._now_s()
        self._work: dict[object, asyncio.Task[None]] = {}  # filling gaps, by what it fills, and answering calls
        self._reads = asyncio.Semaphore(MAX_READS)
        self._served = 0
        self._loops: list[asyncio.Task[None]] = []
        self.link.subscribe(f"{self._prefix}.all")
        self.serve(PRIVATE_SERVICE, self._tell_private)

    @classmethod
    async def open(
        cls,
        address: NatsAddress,
        server_id: str,
        read_events: ReadEvents,
        *,
        tls: ssl.SSLContext | None = None,
        timeout_s: float = 10.0,
    ) -> Self:
        """Connect. `server_id` keeps servers apart that share a broker. Raises BusUnreachable."""
        bus = cls(address, server_id, read_events, tls=tls)
        bus._loops = [
            asyncio.create_task(bus.link.run(), name="bus-link"),
            asyncio.create_task(bus._announce_always(), name="bus-announcements"),
        ]
        try:
            await bus.link.wait_up(timeout_s)
        except BaseException:
            await bus.close()
            raise
        return bus

    @property
    def node_id(self) -> str:
        return self._local.node_id

    def subscribe(self, subscriber: Subscriber) -> Leave:
        return self._local.subscribe(subscriber)

    def subscribe_losses(self, subscriber: LossSubscriber) -> Leave:
        return self._local.subscribe_losses(subscriber)

    def publish(self, event: Event) -> None:
        self._local.publish(event)
        if event.guild_id is None or event.user_ids is not None:
            self._publish_private(event)
            return
        guild_id = int(event.guild_id)
        if event.seq:
            if event.seq > self._heads.get(guild_id, 0):
                self._heads[guild_id] = event.seq
            self._changed.add(guild_id)
            stream = self._streams.get(guild_id)
            if stream is not None:
                stream.publish(event.seq)
        if self.link.is_up and not self.link.send(self._guild_subject(guild_id), encode(Told(self.node_id, 0, event))):
            self._announce_now.set()  # too large or too many: whoever follows reads it from the store

    def follow(self, guild_id: int, after_seq: int) -> None:
        guild_id = int(guild_id)
        stream = self._streams[guild_id] = GuildStream(after_seq)
        if guild_id in self._heads:
            stream.own()
            stream.publish(self._heads[guild_id])
        self.link.subscribe(self._guild_subject(guild_id))
        self._look_at(guild_id, stream)

    def unfollow(self, guild_id: int) -> None:
        if self._streams.pop(int(guild_id), None) is not None:
            self.link.unsubscribe(self._guild_subject(guild_id))

    def follow_user(self, user_id: int) -> None:
        self.link.subscribe(f"{self._prefix}.u.{int(user_id)}")

    def unfollow_user(self, user_id: int) -> None:
        self.link.unsubscribe(f"{self._prefix}.u.{int(user_id)}")

    async def settle(self, timeout_s: float = 2.0) -> bool:
        try:
            async with asyncio.timeout(timeout_s):
                return await self.link.settle()
        except TimeoutError:
            return False

    async def own(self, guild_id: int, last_seq: int) -> None:
        guild_id = int(guild_id)
        stream = self._streams.get(guild_id)
        if stream is not None:
            stream.hear_of(last_seq)
            if stream.standing is Standing.BEHIND:
                self._start(guild_id, self._fill_guild(guild_id))
                await asyncio.wait({self._work[guild_id]})
            stream.own()
            stream.publish(last_seq)
        self._heads[guild_id] = max(last_seq, self._heads.get(guild_id, 0))
        self._changed.add(guild_id)

    def disown(self, guild_id: int) -> None:
        self._heads.pop(int(guild_id), None)
        self._changed.discard(int(guild_id))
        stream = self._streams.get(int(guild_id))
        if stream is not None:
            stream.disown()

    def serve(self, service: str, handler: Handler) -> Leave:
        leave = self._local.serve(service, handler)
        subject = f"{self._prefix}.n.{self.node_id}.{service}"
        self.link.subscribe(subject)

        def leave_both() -> None:
            leave()
            self.link.unsubscribe(subject)

        return leave_both

    async def call(self, node_id: str, service: str, body: bytes, timeout_s: float = DEFAULT_CALL_S) -> bytes:
        if node_id == self.node_id:
            return await self._local.call(node_id, service, body, timeout_s)
        if len(body) > MAX_CALL_BYTES:
            raise CallTooLarge(f"A call takes up to {MAX_CALL_BYTES} bytes, got {len(body)}.")
        client = self.link.client
        if client is None:
            raise NobodyAnswers(f"The broker is away, so {service} cannot be asked of node {node_id}.")
        try:
            message = await client.request(f"{self._prefix}.n.{node_id}.{service}", body, timeout=timeout_s)
        except nats.errors.NoRespondersError:
            raise NobodyAnswers(f"Nobody serves {service} on node {node_id}.") from None
        except (nats.errors.Error, OSError, TimeoutError):
            raise CallTimeout(f"{service} was not answered within {timeout_s:g} s by node {node_id}.") from None
        try:
            answer = decode_as(message.data, Answer)
        except ProtocolError as error:
            raise CallFailed(f"Node {node_id} answered {service} with what is no answer: {error}") from None
        match answer.problem:
            case "":
                return answer.body
            case "too large":
                raise CallTooLarge(f"The answer of node {node_id} to {service} is over {MAX_CALL_BYTES} bytes.")
            case "nobody":
                raise NobodyAnswers(f"Nobody serves {service} on node {node_id} any more.")
            case problem:
                raise CallFailed(f"{service} failed on node {node_id} ({problem[:40]}); its log says how.")

    def tell(self, topic: str, body: bytes) -> None:
        self.link.send(f"{self._prefix}.t.{topic}", encode(Said(self.node_id, body)))

    def listen(self, topic: str, listener: Listener) -> Leave:
        assert topic not in self._listeners, f"{topic} has a listener already"
        self._listeners[topic] = listener
        self.link.subscribe(f"{self._prefix}.t.{topic}")

        def leave() -> None:
            self._listeners.pop(topic, None)
            self.link.unsubscribe(f"{self._prefix}.t.{topic}")

        return leave

    async def close(self) -> None:
        if self.link.is_up and self._loops:
            self._announce()
            self.link.send(f"{self._prefix}.all", encode(Farewell(self.node_id)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self.link.settle()
        tasks = [*self._loops, *self._work.values()]
        self._loops = []
        await end_tasks(tasks)

    # What goes out.

    def _guild_subject(self, guild_id: int) -> str:
        return f"{self._prefix}.g.{int(guild_id)}"

    def _publish_private(self, event: Event) -> None:
        users = event.user_ids
        if users is None or len(users) > MAX_NAMED:
            self._send_private(f"{self._prefix}.all", event)
            return
        for user_id in users:
            one = event if len(users) == 1 else msgspec.structs.replace(event, user_ids=frozenset((user_id,)))
            self._send_private(f"{self._prefix}.u.{int(user_id)}", one)

    def _send_private(self, subject: str, event: Event) -> None:
        if event.is_lossy:
            self.link.send(subject, encode(Told(self.node_id, 0, event)))
            return
        number = self._ring.add(event)
        if self._is_breached:  # what comes behind a breach is told after it, so that nobody takes it for the next one
            self._announce()
        if not self._is_breached and not self.link.send(subject, encode(Told(self.node_id, number, event))):
            self._breach()

    def _breach(self) -> None:
        """Something that was sent may not have reached the broker."""
        self._breaches += 1
        self._is_breached = True
        self._announce_now.set()

    def _announce(self) -> None:
        """Tell the others how far this node is."""
        if not self.link.is_up:
            return
        now_s = self._now_s()
        if now_s - self._announced_all_s >= ANNOUNCE_ALL_S:
            self._announced_all_s = now_s
            self._changed = set(self._heads)
        heads = [(guild_id, self._heads[guild_id]) for guild_id in self._changed if guild_id in self._heads]
        for begin in range(0, max(1, len(heads)), MAX_HEADS):
            self._count += 1
            message = Heads(
                self.node_id, self._count, self._breaches, self._ring.last_number, heads[begin : begin + MAX_HEADS]
            )
            if not self.link.send(f"{self._prefix}.all", encode(message)):
                return
        self._changed.clear()
        self._is_breached = False

    async def _announce_always(self) -> None:
        while True:
            self._announce_now.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ANNOUNCE_S):
                    await self._announce_now.wait()
            if self.link.is_up:
                self._announce()
                self._look_for_the_gone()

    def _come_up(self) -> None:
        """A connection is there, and what is followed is subscribed to."""
        self._breach()
        self._announced_all_s = -ANNOUNCE_ALL_S
        now_s = self._now_s()
        for peer in self._peers.values():
            peer.heard_s = now_s
        self._announce()
        self.link.send(f"{self._prefix}.all", encode(Ask(self.node_id)))
        self._start("unsure guilds", self._read_the_unsure())

    def _go_down(self) -> None:
        for peer in self._peers.values():
            peer.distrust()
        for stream in self._streams.values():
            stream.distrust()

    # What comes in.

    def _receive(self, subject: str, reply: str, body: bytes) -> None:
        kind, _, rest = subject[len(self._prefix) + 1 :].partition(".")
        if kind == "n":
            self._start_answer(rest.partition(".")[2], reply, body)
            return
        try:
            message = decode(body)
        except ProtocolError as error:
            logger.warning("%s", error)
            return
        if message.node_id == self.node_id:
            return
        match message:
            case Told(number=0, event=event) if event.seq and event.guild_id is not None:
                self._receive_kept(int(event.guild_id), event)
            case Told(number=0, event=event):
                stream = self._streams.get(int(event.guild_id or 0))
                if stream is None or stream.standing in (Standing.LIVE, Standing.OWNED):
                    self._local.publish(event)
            case Told(number=number, event=event):
                self._deliver(self._peer(message.node_id).receive(number, event, self._now_s()))
            case Heads():
                self._receive_heads(message)
            case Ask():
                self._announced_all_s = -ANNOUNCE_ALL_S
                self._announce_now.set()
            case Said():
                listener = self._listeners.get(rest)
                if listener is not None:
                    listener(message.node_id, message.body)
            case Farewell():
                self._peers.pop(message.node_id, None)

    def _receive_kept(self, guild_id: int, event: Event) -> None:
        stream = self._streams.get(guild_id)
        if stream is not None:
            self._deliver(stream.receive(event))
            self._look_at(guild_id, stream)

    def _receive_heads(self, heads: Heads) -> None:
        peer = self._peer(heads.node_id)
        if peer.announce(heads, self._now_s()):  # brokers were cut off from each other: guilds may be behind, too
            self.link.send(f"{self._prefix}.all", encode(Ask(self.node_id)))
        self._look_at_peer(peer)
        for guild_id, seq in heads.heads:
            stream = self._streams.get(guild_id)
            if stream is not None:
                stream.hear_of(seq)
                self._look_at(guild_id, stream)

    def _peer(self, node_id: str) -> Peer:
        peer = self._peers.get(node_id)
        if peer is None:
            peer = self._peers[node_id] = Peer(node_id, self._now_s())
        return peer

    def _deliver(self, events: list[Event]) -> None:
        for event in events:
            self._local.publish(event)

    # Filling gaps.

    def _look_at(self, guild_id: int, stream: GuildStream) -> None:
        if stream.standing is Standing.BEHIND and self.link.is_up:
            self._start(guild_id, self._fill_guild(guild_id))

    async def _fill_guild(self, guild_id: int) -> None:
        """Read from the store what a follower lacks, until it lacks nothing."""
        pause_s = FIRST_PAUSE_S
        await self.settle()  # what is published from here on comes by itself
        while (stream := self._streams.get(guild_id)) is not None and stream.standing is Standing.BEHIND:
            try:
                async with self._reads:
                    events = await self._read_events(guild_id, stream.begin_read(), PAGE)
            except Exception:
                logger.exception("Events of guild %d could not be read; trying again", guild_id)
                await asyncio.sleep(pause_s)
                pause_s = min(LAST_PAUSE_S, pause_s * 2)
                continue
            if self._streams.get(guild_id) is stream:
                self._deliver(stream.fill(events, is_last=len(events) < PAGE))
                if stream.is_lost:
                    logger.warning("Events of guild %d behind %d are lost", guild_id, stream.position)
                    self._local.tell_loss(Loss(guild_id=guild_id))

    async def _read_the_unsure(self) -> None:
        """After a connection was made anew: guilds that are behind, and of which nobody has told, are read all the same."""
        await asyncio.sleep(SETTLE_GUILDS_S)
        for guild_id, stream in list(self._streams.items()):
            self._look_at(guild_id, stream)

    def _look_at_peer(self, peer: Peer) -> None:
        if peer.gap is not None and self.link.is_up:
            self._start(peer.node_id, self._fill_private(peer))

    async def _fill_private(self, peer: Peer) -> None:
        """Ask a node for the private events that this one lacks, until it lacks nothing, or the node is gone."""
        pause_s = FIRST_PAUSE_S
        while (gap := peer.gap) is not None and self._peers.get(peer.node_id) is peer:
            try:
                body = await self.call(peer.node_id, PRIVATE_SERVICE, encode(PrivateAsk(*gap)), PRIVATE_CALL_S)
                page = decode_as(body, PrivatePage)
            except (NobodyAnswers, CallTimeout):
                if not self.link.is_up:
                    return  # the next announcement begins anew
                await asyncio.sleep(pause_s)  # it may be connecting again, too
                pause_s = min(PRIVATE_CALL_S, pause_s * 2)
                continue
            except (BusError, ProtocolError) as error:
                logger.warning("Private events of node %s are lost: %s", peer.node_id, error)
                page = PrivatePage(gap[1], is_forgotten=True)
            if page.is_forgotten or page.upto <= gap[0]:
                self._deliver(peer.skip())
                self._local.tell_loss(Loss(node_id=peer.node_id))
            else:
                wanted = [(number, event) for number, event in page.events if self._is_for_here(event)]
                self._deliver(peer.fill(page.upto, wanted))

    def _is_for_here(self, event: Event) -> bool:
        users = event.user_ids
        if users is None or len(users) > MAX_NAMED:
            return True
        return any(self.link.is_subscribed(f"{self._prefix}.u.{int(user_id)}") for user_id in users)

    async def _tell_private(self, body: bytes) -> bytes:
        asked = decode_as(body, PrivateAsk)
        return encode(self._ring.page(asked.after, asked.upto))

    def _look_for_the_gone(self) -> None:
        now_s = self._now_s()
        was_stopped, self._looked_s = now_s - self._looked_s > PEER_LIMIT_S / 2, now_s
        if was_stopped:  # it is this node that heard nothing
            for peer in self._peers.values():
                peer.heard_s = now_s
        for peer in [peer for peer in self._peers.values() if now_s - peer.heard_s > PEER_LIMIT_S]:
            del self._peers[peer.node_id]
            self._deliver(peer.skip())
            logger.warning("Node %s has not been heard of for %g s", peer.node_id, PEER_LIMIT_S)
            self._local.tell_loss(Loss(node_id=peer.node_id))

    # Work that takes longer.

    def _start_answer(self, service: str, reply: str, body: bytes) -> None:
        if not reply:
            return
        if self._served >= MAX_SERVED:
            self.link.send(reply, encode(Answer(problem="busy")))
            return
        self._served += 1
        self._start(object(), self._answer(service, reply, body))

    async def _answer(self, service: str, reply: str, body: bytes) -> None:
        try:
            if not self._local.serves(service):
                answer = Answer(problem="nobody")
            elif (told := await self._local.handle(service, body)) is None:
                answer = Answer(problem="failed")
            elif len(told) > MAX_CALL_BYTES:
                answer = Answer(problem="too large")
            else:
                answer = Answer(told)
            self.link.send(reply, encode(answer))
        finally:
            self._served -= 1

    def _start(self, key: object, work: Coroutine[None, None, None]) -> None:
        """Run it, unless something of the same key runs."""
        running = self._work.get(key)
        if running is not None and not running.done():
            work.close()
            return
        task = self._work[key] = asyncio.create_task(_guarded(work))

        def ended(done: asyncio.Task[None]) -> None:
            if self._work.get(key) is done:
                del self._work[key]

        task.add_done_callback(ended)


async def _guarded(work: Coroutine[None, None, None]) -> None:
    try:
        await work
    except Exception:
        logger.exception("Work of the bus failed")
