"""Presences of several nodes: what one knows, all know, and a dead node's people are gone."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.client.waiting import until
from tests.server.bus.broker import Relay, needs_nats
from tests.server.bus.town import Town
from tuichat.protocol.user import Activity
from tuichat.server.bus import LocalBus
from tuichat.server.bus.bus import Handler, Leave, Listener, NobodyAnswers
from tuichat.server.cluster import shared_presences
from tuichat.server.cluster.shared_presences import GONE_S, SharedPresences

ADA, BEN = 1, 2
PLAYS = Activity(name="Chess")
CUSTOM = Activity(name="Custom Status", type=4, state="away")


def over_nats(test: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    for mark in needs_nats:
        test = mark(test)
    return test


class Wire:
    """What joins the fake buses of a test."""

    def __init__(self) -> None:
        self.buses: list[FakeBus] = []
        self.is_cut = False


class FakeBus(LocalBus):
    """A bus whose nodes are joined by a wire: it hands on at once, or loses."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire
        self._listeners: dict[str, Listener] = {}
        wire.buses.append(self)

    def listen(self, topic: str, listener: Listener) -> Leave:
        self._listeners[topic] = listener
        return lambda: None

    def tell(self, topic: str, body: bytes) -> None:
        if not self._wire.is_cut:
            for bus in self._wire.buses:
                if bus is not self:
                    bus._listeners[topic](self.node_id, body)

    async def call(self, node_id: str, service: str, body: bytes, timeout_s: float = 1.0) -> bytes:
        if self._wire.is_cut:
            raise NobodyAnswers("cut")
        await asyncio.sleep(0)
        other = next(bus for bus in self._wire.buses if bus.node_id == node_id)
        handler: Handler = other._handlers[service]
        return await handler(body)


class Nodes:
    def __init__(self) -> None:
        self.now_s = 0.0
        self.wire = Wire()
        self.changed: list[list[int]] = []
        self.presences: list[SharedPresences] = []

    def add(self) -> SharedPresences:
        changed: list[int] = []
        self.changed.append(changed)
        self.presences.append(SharedPresences(FakeBus(self.wire), changed.append, lambda: self.now_s))
        return self.presences[-1]

    async def beat(self) -> None:
        """Let a second pass, and what follows from it."""
        self.now_s += 1
        for presences in self.presences:
            presences._say(shared_presences.Beat(presences._number))
            presences._forget_the_gone()
        await self.rest()

    async def rest(self) -> None:
        for presences in self.presences:
            for neighbour in list(presences._neighbours.values()):
                if neighbour.reading is not None:
                    await neighbour.reading


@pytest.fixture
async def nodes() -> Nodes:
    built = Nodes()
    built.add()
    built.add()
    await built.beat()
    return built


def status(presences: SharedPresences, user_id: int = ADA) -> str:
    return presences.shown(user_id).status


async def test_what_a_session_claims_is_shown_on_all_nodes(nodes: Nodes) -> None:
    here, there = nodes.presences
    assert here.set(ADA, "s1", "online", [PLAYS], "mobile", "linux")
    assert there.shown(ADA) == here.shown(ADA)
    assert there.shown(ADA).activities == (PLAYS,)
    assert there.is_connected(ADA)
    assert nodes.changed == [[], [ADA]], "one's own change is told by what is returned"
    assert here.remove(ADA, "s1")
    assert not there.is_connected(ADA)
    assert nodes.changed[1] == [ADA, ADA]


async def test_sessions_of_one_user_on_two_nodes_come_together(nodes: Nodes) -> None:
    here, there = nodes.presences
    here.set(ADA, "s1", "idle", [])
    assert there.set(ADA, "s2", "dnd", [])
    assert status(here) == status(there) == "dnd"
    there.remove(ADA, "s2")
    assert status(here) == status(there) == "idle"
    assert here.claims(ADA).keys() == there.claims(ADA).keys() == {"s1"}


async def test_a_status_for_all_sessions_reaches_those_on_other_nodes(nodes: Nodes) -> None:
    here, there = nodes.presences
    here.set(ADA, "s1", "online", [])
    there.set(ADA, "s2", "online", [PLAYS])
    here.set_all(ADA, "dnd")
    for presences in nodes.presences:
        assert {claim.status for claim in presences.claims(ADA).values()} == {"dnd"}
        assert presences.shown(ADA).activities == (PLAYS,)


async def test_custom_statuses_are_shared_and_end_everywhere(nodes: Nodes) -> None:
    here, there = nodes.presences
    here.set(ADA, "s1", "online", [])
    here.set_custom(ADA, CUSTOM, 1000)
    assert there.shown(ADA).activities == (CUSTOM,)
    assert there.expire_custom(1000) == [ADA]
    here.set_custom(ADA, None)
    assert there.shown(ADA).activities == here.shown(ADA).activities == ()


async def test_a_new_node_learns_who_is_here(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_presences, "PAGE_USERS", 10)
    here, _ = nodes.presences
    for user_id in range(1, 36):
        here.set(user_id, f"s{user_id}", "online", [])
    late = nodes.add()
    await nodes.beat()
    assert sorted(late.connected_ids()) == list(range(1, 36))


async def test_what_was_missed_is_read_again(nodes: Nodes) -> None:
    here, there = nodes.presences
    here.set(ADA, "s1", "online", [])
    nodes.wire.is_cut = True
    here.remove(ADA, "s1")
    here.set(BEN, "s2", "idle", [])
    assert status(there) == "online"
    nodes.wire.is_cut = False
    await nodes.beat()
    assert (status(there), status(there, BEN)) == ("offline", "idle")


async def test_a_change_behind_a_missing_one_waits_for_it(nodes: Nodes) -> None:
    here, there = nodes.presences
    nodes.wire.is_cut = True
    here.set(ADA, "s1", "online", [])
    nodes.wire.is_cut = False
    here.set(BEN, "s2", "idle", [])
    await nodes.rest()
    assert (status(there), status(there, BEN)) == ("online", "idle")


async def test_changes_while_a_node_is_read_are_not_lost(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_presences, "PAGE_USERS", 1)
    here, _ = nodes.presences
    for user_id in range(1, 6):
        here.set(user_id, f"s{user_id}", "online", [])
    late = nodes.add()
    here._say(shared_presences.Beat(here._number))
    here.set(1, "s1", "dnd", [])
    await asyncio.sleep(0)
    here.remove(3, "s3")
    here.set(9, "s9", "idle", [])
    await nodes.rest()
    await nodes.beat()
    assert {user_id: status(late, user_id) for user_id in (1, 2, 3, 9)} == {
        1: "dnd",
        2: "online",
        3: "offline",
        9: "idle",
    }


async def test_a_dead_node_takes_its_people_with_it_within_seconds(nodes: Nodes) -> None:
    here, there = nodes.presences
    here.set(ADA, "s1", "online", [])
    there.set(BEN, "s2", "online", [])
    nodes.presences.remove(here)
    for _ in range(int(GONE_S)):
        await nodes.beat()
    assert status(there) == "online"
    await nodes.beat()
    assert status(there) == "offline"
    assert status(there, BEN) == "online"


async def test_a_node_that_was_stopped_takes_nobody_for_dead(nodes: Nodes) -> None:
    here, there = nodes.presences
    here.set(ADA, "s1", "online", [])
    nodes.now_s += 30
    there._forget_the_gone()
    assert status(there) == "online"


async def test_what_cannot_be_read_changes_nothing(nodes: Nodes) -> None:
    here, there = nodes.presences
    here.set(ADA, "s1", "online", [])
    for body in (b"", b"{", b'{"type":"beat","number":-1}', b"[" * 1000, b'{"type":"change","number":3}'):
        there._hear("0" * 16, body)
    assert status(there) == "online"


@over_nats
async def test_presences_cross_a_broker_and_end_with_their_node(town: Town, relay: Relay) -> None:
    changed: list[int] = []
    here = SharedPresences((await town.node(relay.url)).bus, lambda _: None)
    there = SharedPresences((await town.node()).bus, changed.append)
    running = [asyncio.create_task(presences.run()) for presences in (here, there)]
    for user_id in range(1, 500):
        here.set(user_id, f"s{user_id}", "online", [PLAYS])
    await until(lambda: len(there.connected_ids()) == 499)
    relay.cut()
    await until(lambda: not there.connected_ids(), GONE_S + 3)
    assert set(changed) == set(range(1, 500))
    relay.mend()
    await until(lambda: len(there.connected_ids()) == 499)
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
