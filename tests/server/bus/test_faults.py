"""Random faults between nodes and their broker: nothing is lost, nothing comes twice, and order is kept."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from tests.client.waiting import until
from tests.server.bus.broker import Relay, needs_nats
from tests.server.bus.town import GUILD, Node, Town, private

pytestmark = needs_nats

FAULTS = 12
GUILDS = range(GUILD, GUILD + 5)
NODES = 3


class Storm:
    """Three nodes, each on a way of its own to the broker; guilds that move between them; and what goes wrong."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.random = random.Random(seed)
        self.relays: list[Relay] = []
        self.owners: dict[int, Node] = {}
        self.sent: dict[Node, list[bytes]] = {}
        self.is_over = False

    async def begin(self) -> None:
        for _ in range(NODES):
            relay = Relay(self.town.broker.port)
            await relay.open()
            self.relays.append(relay)
            self.sent[await self.town.node(relay.url)] = []
        for number, node in enumerate(self.town.nodes):
            for guild_id in GUILDS:
                node.bus.follow(guild_id, 0)
            node.bus.follow_user(number)
        for guild_id in GUILDS:
            await self._move(guild_id)
        # Each knows the others, so that what is private is numbered from the first on.
        await until(lambda: all(len(node.bus._peers) == NODES - 1 for node in self.town.nodes))
        for node in self.town.nodes:
            assert await node.bus.settle()

    async def write(self) -> None:
        """Write in all guilds and to all users, and move guilds, until it is over."""
        while not self.is_over:
            await asyncio.sleep(
                self.random.uniform(0, 0.01)
            )  # the pace of writing, and below of faults: nothing is awaited
            for guild_id in self.random.sample(GUILDS, 2):
                self.owners[guild_id].write(guild_id, self.random.choice((1, 1, 3, 40)))
            node = self.random.choice(self.town.nodes)
            for _ in range(self.random.choice((1, 1, 5))):
                user = self.random.randrange(NODES)
                sender = self.town.nodes.index(node)
                body = (len(self.sent[node]) * NODES + sender) * NODES + user
                self.sent[node].append(b"%d" % body)
                node.bus.publish(private(body, user))
            if self.random.random() < 0.02:
                await self._move(self.random.choice(GUILDS))

    async def _move(self, guild_id: int) -> None:
        if guild_id in self.owners:
            self.owners.pop(guild_id).bus.disown(guild_id)
        heir = self.random.choice(self.town.nodes)
        await heir.bus.own(guild_id, self.town.store.last_seq(guild_id))
        self.owners[guild_id] = heir

    async def fail(self) -> None:
        """Let one thing go wrong for a moment."""
        relay = self.random.choice(self.relays)
        broker = self.town.broker
        faults: list[tuple[Callable[[], None], Callable[[], None]]] = [
            (relay.cut, relay.mend),
            (relay.cut, relay.mend),
            (relay.stall, relay.mend),
            (broker.kill, lambda: None),
            (broker.suspend, broker.resume),
        ]
        begin, end = self.random.choice(faults)
        begin()
        await asyncio.sleep(self.random.uniform(0, 0.6))
        if begin == broker.kill:
            await asyncio.to_thread(broker.start)
        end()
        await asyncio.sleep(self.random.uniform(0, 0.4))

    def is_calm(self) -> bool:
        """Whether all has come everywhere."""
        return all(
            len(node.seqs(guild_id)) >= self.town.store.last_seq(guild_id)
            for node in self.town.nodes
            for guild_id in GUILDS
        ) and all(
            len(self._received(node, user)) >= len(self._wanted(user)) for user, node in enumerate(self.town.nodes)
        )

    def _wanted(self, user: int) -> list[bytes]:
        return [body for bodies in self.sent.values() for body in bodies if int(body) % NODES == user]

    @staticmethod
    def _received(node: Node, user: int) -> list[bytes]:
        return [event.body for event in node.events if event.user_ids == frozenset({user})]

    def check(self) -> None:
        for user, node in enumerate(self.town.nodes):
            assert node.losses == []
            for guild_id in GUILDS:
                assert node.seqs(guild_id) == list(range(1, self.town.store.last_seq(guild_id) + 1))
            for bodies in self.sent.values():
                wanted = [body for body in bodies if int(body) % NODES == user]
                of_sender = set(bodies)
                assert [body for body in self._received(node, user) if body in of_sender] == wanted

    async def end(self) -> None:
        for relay in self.relays:
            await relay.close()


@pytest.mark.parametrize("seed", [1, 2, 12])
async def test_nothing_is_lost_or_doubled_or_out_of_order_in_random_faults(
    seed: int, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A peer that cannot be heard of for five seconds is given up, with a Loss: no fault here is to look like that.
    monkeypatch.setattr("tuichat.server.bus.nats_link.PULSE_S", 0.1)
    monkeypatch.setattr("tuichat.server.bus.nats_link.PULSE_LIMIT_S", 0.3)
    monkeypatch.setattr("tuichat.server.bus.nats_link.LAST_PAUSE_S", 0.3)
    monkeypatch.setattr("tuichat.server.bus.nats_bus.PEER_LIMIT_S", 60.0)
    storm = Storm(town, seed)
    try:
        await storm.begin()
        writing: Awaitable[None] = asyncio.create_task(storm.write())
        for _ in range(FAULTS):
            await storm.fail()
        storm.is_over = True
        await writing
        await until(storm.is_calm, 30)
        storm.check()
    finally:
        await storm.end()
