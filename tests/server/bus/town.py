"""Nodes around a broker, with one fake store of kept events: what it holds is committed."""

import asyncio

from tests.server.bus.broker import Broker
from tuichat.server.bus import Event, Loss
from tuichat.server.bus.nats_address import NatsAddress
from tuichat.server.bus.nats_bus import NatsBus

GUILD = 7
ADA, BEN = 1, 2


class FakeStore:
    """Kept events as a store has them."""

    def __init__(self) -> None:
        self.kept: dict[int, list[Event]] = {}
        self.reads = 0
        self.failures = 0  # reads that will fail

    def commit(self, guild_id: int, name: str = "MESSAGE_CREATE") -> Event:
        seq = self.last_seq(guild_id) + 1
        event = Event(name=name, body=f'{{"id":"{seq}"}}'.encode(), guild_id=guild_id, channel_id=8, seq=seq)
        self.kept.setdefault(guild_id, []).append(event)
        return event

    def last_seq(self, guild_id: int) -> int:
        kept = self.kept.get(guild_id)
        return kept[-1].seq if kept else 0

    def forget(self, guild_id: int, upto: int) -> None:
        self.kept[guild_id] = [event for event in self.kept[guild_id] if event.seq > upto]

    async def read_events(self, guild_id: int, after_seq: int, limit: int) -> list[Event]:
        self.reads += 1
        await asyncio.sleep(0)
        if self.failures:
            self.failures -= 1
            raise OSError("no disk")
        return [event for event in self.kept.get(guild_id, []) if event.seq > after_seq][:limit]


class Node:
    """One bus, and what its subscribers were told."""

    def __init__(self, bus: NatsBus, store: FakeStore) -> None:
        self.bus = bus
        self.store = store
        self.events: list[Event] = []
        self.losses: list[Loss] = []
        bus.subscribe(self.events.append)
        bus.subscribe_losses(self.losses.append)

    def write(self, guild_id: int = GUILD, count: int = 1) -> None:
        """Commit and publish, as the owner of a guild does."""
        for _ in range(count):
            self.bus.publish(self.store.commit(guild_id))

    def seqs(self, guild_id: int = GUILD) -> list[int]:
        return [event.seq for event in self.events if event.guild_id == guild_id and event.seq]

    @property
    def private(self) -> list[bytes]:
        return [event.body for event in self.events if event.user_ids is not None]


class Town:
    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.store = FakeStore()
        self.nodes: list[Node] = []

    async def node(self, url: str | None = None) -> Node:
        address = NatsAddress.parse(url or self.broker.url)
        node = Node(await NatsBus.open(address, "ab12", self.store.read_events), self.store)
        self.nodes.append(node)
        return node

    async def close(self) -> None:
        await asyncio.gather(*(node.bus.close() for node in self.nodes))


def private(number: int, *user_ids: int) -> Event:
    return Event(name="MESSAGE_CREATE", body=b"%d" % number, channel_id=9, user_ids=frozenset(user_ids or (ADA,)))
