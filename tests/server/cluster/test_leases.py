"""Who owns a guild: one node at a time, with a number that rises, and nobody who was away."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.server.bus.broker import Broker, Relay, needs_nats, running_broker
from tests.server.bus.town import Town
from tuichat.server.cluster.buckets import ClusterError
from tuichat.server.cluster.leases import LeaseLost, Leases, NodeInfo, Taken

pytestmark = needs_nats

TTL_S = 1.0
GUILD = 1 << 60


class Cluster:
    """Nodes with leases, each on its way to the broker."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.all: list[Leases] = []
        self.losses: list[Leases] = []

    async def join(self, url: str | None = None, *roles: str) -> Leases:
        bus = (await self.town.node(url)).bus
        leases = Leases(
            bus.link, "ab12", NodeInfo(bus.node_id, roles), ttl_s=TTL_S, lost=lambda: self.losses.append(leases)
        )
        await leases.open()
        self.all.append(leases)
        return leases


@pytest.fixture
async def cluster(town: Town) -> AsyncIterator[Cluster]:
    built = Cluster(town)
    yield built
    await asyncio.gather(*(leases.close() for leases in built.all))


def node_of(leases: Leases) -> str:
    return leases._info.node_id


def start_writer(url: str, file: Path) -> "subprocess.Popen[bytes]":
    module = "tests.server.cluster.lone_writer"
    return subprocess.Popen([sys.executable, "-m", module, url, str(GUILD), str(file), str(TTL_S)])


async def test_one_node_owns_a_guild_until_it_releases_it(cluster: Cluster) -> None:
    first, second = await cluster.join(), await cluster.join()
    lease = await first.acquire(GUILD)
    assert await first.acquire(GUILD) is lease
    with pytest.raises(Taken) as taken:
        await second.acquire(GUILD)
    assert taken.value.node_id == node_of(first)
    await first.release(GUILD)
    with pytest.raises(LeaseLost, match=str(GUILD)):
        lease.check()
    later = await second.acquire(GUILD)
    later.check()
    assert later.epoch > lease.epoch


async def test_the_fencing_number_is_above_what_the_store_knows(cluster: Cluster) -> None:
    node = await cluster.join()
    assert (await node.acquire(GUILD, floor=41)).epoch == 42


async def test_of_many_who_want_a_guild_one_gets_it(cluster: Cluster) -> None:
    nodes = [await cluster.join() for _ in range(5)]
    for guild_id in range(GUILD, GUILD + 10):
        outcomes = await asyncio.gather(*(node.acquire(guild_id) for node in nodes), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes].count(Taken) == 4
        assert sum(guild_id in node.held for node in nodes) == 1


async def test_a_node_that_is_cut_off_stops_before_another_takes_over(cluster: Cluster, relay: Relay) -> None:
    cut_off, other = await cluster.join(relay.url), await cluster.join()
    lease = await cut_off.acquire(GUILD)
    relay.stall()

    async def take_over() -> int:
        while True:
            try:
                return (await other.acquire(GUILD)).epoch
            except Taken:
                assert cut_off.is_alive or not lease.is_held
                await asyncio.sleep(0.01)  # nothing tells of a key that ended

    taking = asyncio.create_task(take_over())
    await until(lambda: not lease.is_held)
    assert not taking.done(), "the guild was taken from a node that still wrote"
    assert await taking > lease.epoch
    relay.mend()
    await until(lambda: cut_off.is_alive)
    assert cluster.losses == [cut_off]
    assert not lease.is_held
    with pytest.raises(Taken):
        await cut_off.acquire(GUILD)


async def test_a_process_that_was_stopped_and_wakes_does_not_write(cluster: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "writes"
    child = await asyncio.to_thread(start_writer, cluster.town.broker.url, file)
    try:
        heir = await cluster.join()
        await until(lambda: file.exists() and len(file.read_text().splitlines()) > 20)
        os.kill(child.pid, signal.SIGSTOP)
        before = file.read_text()
        lease = None
        while lease is None:
            try:
                lease = await heir.acquire(GUILD)
            except Taken:
                await asyncio.sleep(0.02)  # as above
        assert lease.epoch > int(before.splitlines()[-1])
        os.kill(child.pid, signal.SIGCONT)
        assert await asyncio.to_thread(child.wait, 15) == 0
        assert file.read_text() == before + "over\n"
        lease.check()
    finally:
        child.kill()
        child.wait()


async def test_a_restart_of_the_broker_takes_nothing_from_anybody(cluster: Cluster) -> None:
    node, other = await cluster.join(), await cluster.join()
    lease = await node.acquire(GUILD)
    cluster.town.broker.kill()
    await asyncio.to_thread(cluster.town.broker.start)
    await until(lambda: node._link.is_up and other._link.is_up)
    with pytest.raises(Taken):
        await other.acquire(GUILD)
    lease.check()
    assert cluster.losses == []


async def test_without_the_broker_nobody_owns_anything_and_afterwards_all_begin_anew(cluster: Cluster) -> None:
    node = await cluster.join()
    lease = await node.acquire(GUILD)
    cluster.town.broker.kill()
    await until(lambda: cluster.losses)
    assert not lease.is_held
    assert node.held == []
    with pytest.raises(LeaseLost):
        await node.acquire(GUILD)
    await asyncio.to_thread(cluster.town.broker.start)
    await until(lambda: node.is_alive)
    assert (await node.acquire(GUILD)).epoch > lease.epoch
    assert cluster.losses == [node]


async def test_nodes_know_each_other_and_who_owns_what(cluster: Cluster, relay: Relay) -> None:
    first, second = await cluster.join(None, "api"), await cluster.join(relay.url, "voice")
    await second.acquire(GUILD)
    await until(lambda: first.owner_of(GUILD) == node_of(second))
    assert first.nodes()[node_of(second)].roles == ("voice",)
    assert set(first.nodes()) == {node_of(first), node_of(second)}
    second.say(NodeInfo(node_of(second), ("voice",), region="eu", load=0.5))
    await until(lambda: first.nodes()[node_of(second)].load == 0.5)
    late = await cluster.join()
    assert late.owner_of(GUILD) == node_of(second)
    relay.cut()
    await until(lambda: first.owner_of(GUILD) is None)
    assert set(first.nodes()) == {node_of(first), node_of(late)}


async def test_a_node_that_leaves_is_gone_at_once_with_all_it_owned(cluster: Cluster) -> None:
    staying, leaving = await cluster.join(), await cluster.join()
    await until(lambda: len(staying.nodes()) == 2)
    for guild_id in range(GUILD, GUILD + 5):
        await leaving.acquire(guild_id)
    await leaving.close()
    for guild_id in range(GUILD, GUILD + 5):
        await staying.acquire(guild_id)
    await until(lambda: len(staying.nodes()) == 1, TTL_S / 2)


@pytest.mark.parametrize("seed", [1, 2])
async def test_in_random_faults_no_two_nodes_write_at_once(
    seed: int, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.server.bus.nats_link.PULSE_S", 0.1)
    monkeypatch.setattr("tuichat.server.bus.nats_link.PULSE_LIMIT_S", 0.3)
    monkeypatch.setattr("tuichat.server.bus.nats_link.LAST_PAUSE_S", 0.2)
    chance = random.Random(seed)
    broker = cluster.town.broker
    relays = [Relay(broker.port) for _ in range(3)]
    writes: list[tuple[int, str]] = []
    is_over = False

    async def want(node: Leases) -> None:
        while not is_over:
            await asyncio.sleep(0.01)  # the pace of wanting, and of writing
            try:
                lease = await node.acquire(GUILD, floor=writes[-1][0] if writes else 0)
            except ClusterError:
                continue
            for _ in range(50):
                if not lease.is_held:
                    break
                writes.append((lease.epoch, node_of(node)))
                await asyncio.sleep(0.01)  # as above
            if lease.is_held and chance.random() < 0.2:
                await node.release(GUILD)

    try:
        for relay in relays:
            await relay.open()
        nodes = [await cluster.join(relay.url) for relay in relays]
        wanting = [asyncio.create_task(want(node)) for node in nodes]
        for _ in range(8):
            relay = chance.choice(relays)
            faults: list[tuple[Callable[[], None], Callable[[], None]]] = [
                (relay.cut, relay.mend),
                (relay.stall, relay.mend),
                (broker.kill, broker.start),
                (broker.suspend, broker.resume),
            ]
            begin, end = chance.choice(faults)
            begin()
            await asyncio.sleep(chance.uniform(0.1, 2 * TTL_S))  # how long it lasts
            await asyncio.to_thread(end)
        seen = len(writes)
        await until(lambda: len(writes) > seen + 20)
        is_over = True
        await asyncio.gather(*wanting, return_exceptions=True)
    finally:
        for relay in relays:
            await relay.close()
    epochs = [epoch for epoch, _ in writes]
    assert epochs == sorted(epochs)
    assert len(set(writes)) == len(set(epochs)) > 1, "one writer for each fencing number, and more than one of them"


async def test_a_broker_without_a_key_value_store_is_said_to_lack_it() -> None:
    with running_broker(has_jetstream=False) as broker:
        town = Town(broker)
        bus = (await town.node()).bus
        leases = Leases(bus.link, "ab12", NodeInfo(bus.node_id), ttl_s=TTL_S)
        with pytest.raises(ClusterError, match="JetStream"):
            await leases.open()
        await town.close()


async def test_nodes_with_other_settings_are_told_so(cluster: Cluster, broker: Broker) -> None:
    await cluster.join()
    bus = (await cluster.town.node()).bus
    with pytest.raises(ClusterError, match="same settings"):
        await Leases(bus.link, "ab12", NodeInfo(bus.node_id), ttl_s=TTL_S * 2).open()
