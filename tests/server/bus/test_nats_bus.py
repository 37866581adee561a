"""Several nodes around a real broker: what one publishes, the others hear in order, once, whatever happens between them."""

import asyncio
import logging
import random

import pytest

from tests.client.waiting import until
from tests.server.bus.broker import Broker, Relay, free_port, needs_nats, running_broker
from tests.server.bus.town import ADA, BEN, GUILD, FakeStore, Node, Town, private
from tuichat.server.bus import Event, Loss
from tuichat.server.bus.bus import MAX_CALL_BYTES, BusUnreachable, CallFailed, CallTimeout, CallTooLarge, NobodyAnswers
from tuichat.server.bus.guild_stream import Standing
from tuichat.server.bus.nats_address import NatsAddress
from tuichat.server.bus.nats_bus import NatsBus

pytestmark = needs_nats


async def follow(node: Node, *users: int) -> None:
    node.bus.follow(GUILD, node.store.last_seq(GUILD))
    for user in users:
        node.bus.follow_user(user)
    assert await node.bus.settle()
    await until(lambda: node.bus._streams[GUILD].standing is Standing.LIVE)  # the store was looked at


async def two_nodes(town: Town, url: str | None = None) -> tuple[Node, Node]:
    """The first owns the guild and is reached directly, the second follows it and its users."""
    owner, other = await town.node(), await town.node(url)
    await owner.bus.own(GUILD, 0)
    await follow(other, ADA, BEN)
    return owner, other


async def test_followers_hear_a_guild_in_order(town: Town) -> None:
    owner, other = await two_nodes(town)
    owner.write(count=2000)
    await until(lambda: len(other.events) == 2000)
    assert other.seqs() == list(range(1, 2001))
    assert owner.seqs() == other.seqs()
    assert [event.body for event in other.events] == [event.body for event in owner.events]


async def test_an_event_arrives_as_it_was(town: Town) -> None:
    owner, other = await two_nodes(town)
    event = Event(
        name="MESSAGE_CREATE",
        body=b'{"content":"hi"}',
        guild_id=GUILD,
        channel_id=1 << 62,
        seq=1,
        content_free_body=b"{}",
        author_id=3,
        mentioned_ids=frozenset({4, 5}),
        needs=1 << 50,
        replaced_by="TUICHAT_X",
        told_id=9,
    )
    owner.bus.publish(event)
    await until(lambda: other.events)
    assert other.events == [event]


async def test_what_is_not_followed_does_not_come(town: Town) -> None:
    owner, other = await two_nodes(town)
    await owner.bus.own(8, 0)
    owner.write(8)
    owner.bus.publish(private(1, 99))
    other.bus.unfollow_user(BEN)
    assert await other.bus.settle()
    owner.bus.publish(private(2, BEN))
    owner.bus.publish(private(3, ADA))
    await until(lambda: other.events)
    assert [event.body for event in other.events] == [b"3"]


async def test_order_holds_across_guild_user_and_all(town: Town) -> None:
    owner, other = await two_nodes(town)
    many = frozenset(range(1, 100))
    for number in range(0, 300, 3):
        owner.bus.publish(private(number, ADA))
        owner.write()
        owner.bus.publish(Event(name="GUILD_DELETE", body=b"%d" % (number + 2), user_ids=many))
    await until(lambda: len(other.events) == 300)
    assert [event.body for event in other.events] == [event.body for event in owner.events]


async def test_two_users_of_one_node_are_told_once_each(town: Town) -> None:
    owner, other = await two_nodes(town)
    owner.bus.publish(private(1, ADA, BEN, 77))
    owner.bus.publish(private(2, ADA))
    await until(lambda: len(other.events) == 3)
    assert sorted(sorted(event.user_ids or ()) for event in other.events) == [[ADA], [ADA], [BEN]]


async def test_following_begins_where_the_state_was_read(town: Town) -> None:
    owner = await town.node()
    await owner.bus.own(GUILD, 0)
    owner.write(count=500)
    late = await town.node()
    late.bus.follow(GUILD, 123)
    owner.write(count=100)
    await until(lambda: late.seqs()[-1:] == [600])
    assert late.seqs() == list(range(124, 601))


async def test_a_gap_is_filled_from_the_store_before_what_follows(town: Town) -> None:
    owner, other = await two_nodes(town)
    owner.write()
    lost = owner.store.commit(GUILD)  # committed, and never told
    town.store.failures = 2
    owner.write(count=3)
    await until(lambda: len(other.events) == 5)
    assert other.seqs() == [1, 2, 3, 4, 5]
    assert lost in other.events


async def test_a_silent_gap_is_found_by_what_the_owner_announces(town: Town, relay: Relay) -> None:
    owner, other = await two_nodes(town, relay.url)
    owner.write()
    await until(lambda: other.seqs() == [1])
    relay.cut()
    await until(lambda: not other.bus.link.is_up)
    owner.write(count=10)
    owner.bus.publish(private(1, ADA))
    relay.mend()
    await until(lambda: other.seqs() == list(range(1, 12)) and other.private == [b"1"])
    assert not other.losses


async def test_forgotten_events_are_a_loss_and_nothing_more_comes_until_followed_again(
    town: Town, relay: Relay
) -> None:
    owner, other = await two_nodes(town, relay.url)
    relay.cut()
    await until(lambda: not other.bus.link.is_up)
    owner.write(count=10)
    town.store.forget(GUILD, 5)
    relay.mend()
    await until(lambda: other.losses)
    assert other.losses == [Loss(guild_id=GUILD)]
    owner.write()
    assert await owner.bus.settle()
    assert other.seqs() == []
    other.bus.follow(GUILD, 10)
    owner.write()
    await until(lambda: other.seqs() == [11, 12])


async def test_private_events_of_an_outage_come_afterwards_in_order(town: Town, broker: Broker) -> None:
    owner, other = await two_nodes(town)
    owner.bus.publish(private(0))
    await until(lambda: other.private)
    broker.kill()
    await until(lambda: not owner.bus.link.is_up and not other.bus.link.is_up)
    for number in range(1, 1200):
        owner.bus.publish(private(number, ADA if number % 2 else 99))
    owner.write(count=300)
    broker.start()
    await until(lambda: len(other.private) == 601 and len(other.seqs()) == 300)
    assert other.private == [b"0", *(b"%d" % number for number in range(1, 1200, 2))]
    assert other.seqs() == list(range(1, 301))
    assert not other.losses


async def test_private_events_that_were_forgotten_are_a_loss(
    town: Town, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.server.bus.private_ring.MAX_EVENTS", 10)
    owner, other = await two_nodes(town, relay.url)
    owner.bus.publish(private(0))
    await until(lambda: other.private)
    relay.cut()
    await until(lambda: not other.bus.link.is_up)
    for number in range(1, 50):
        owner.bus.publish(private(number))
    relay.mend()
    await until(lambda: other.losses)
    assert other.losses == [Loss(node_id=owner.bus.node_id)]
    owner.bus.publish(private(50))
    await until(lambda: other.private == [b"0", b"50"])


async def test_private_events_are_asked_for_again_where_the_other_node_does_not_answer(
    town: Town, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.server.bus.nats_bus.PRIVATE_CALL_S", 0.1)
    owner, other = await two_nodes(town, relay.url)
    owner.bus.publish(private(0))
    await until(lambda: other.private)
    answer, asked = owner.bus._tell_private, 0

    async def answer_the_third(body: bytes) -> bytes:
        nonlocal asked
        asked += 1
        if asked < 3:
            await asyncio.Event().wait()
        return await answer(body)

    monkeypatch.setitem(owner.bus._local._handlers, "bus_private", answer_the_third)
    relay.cut()
    await until(lambda: not other.bus.link.is_up)
    owner.bus.publish(private(1))
    relay.mend()
    await until(lambda: other.private == [b"0", b"1"])
    assert asked == 3
    assert not other.losses


async def test_who_waits_no_longer_for_the_broker_leaves_the_connection_whole(town: Town, broker: Broker) -> None:
    owner, other = await two_nodes(town)
    client = owner.bus.link.client
    broker.suspend()
    assert [await owner.bus.settle(timeout_s=0.02) for _ in range(10)] == [False] * 10
    broker.resume()
    assert all(await asyncio.gather(*(owner.bus.settle() for _ in range(2000))))
    owner.write()
    await until(lambda: other.seqs() == [1])
    assert owner.bus.link.client is client


async def test_a_cut_between_two_brokers_of_a_cluster_loses_nothing() -> None:
    """No node's own connection ends, so that announcements alone tell of it."""
    ports = [free_port(), free_port()]
    shared = ("--cluster_name", "town")
    route = Relay(ports[0])
    await route.open()
    with (
        running_broker("-cluster", f"nats://127.0.0.1:{ports[0]}", *shared, has_jetstream=False) as first,
        running_broker(
            *("-cluster", f"nats://127.0.0.1:{ports[1]}", "-cluster_advertise", f"127.0.0.1:{free_port()}", *shared),
            *("-routes", route.url),
            has_jetstream=False,
        ) as second,
    ):
        town = Town(first)
        owner, other = await two_nodes(town, second.url)
        await until(lambda: len(owner.bus._peers) == len(other.bus._peers) == 1)
        owner.bus.publish(private(0))
        owner.write()
        await until(lambda: other.seqs() == [1] and other.private)
        client = other.bus.link.client
        route.cut()
        await until(lambda: len(route._writers) == 0)
        for number in range(1, 20):
            owner.write(count=5)
            owner.bus.publish(private(number))
        route.mend()
        await until(lambda: len(other.seqs()) == 96 and len(other.private) == 20)
        assert other.seqs() == list(range(1, 97))
        assert other.private == [b"%d" % number for number in range(20)]
        assert other.losses == []
        assert other.bus.link.client is client
        await town.close()
    await route.close()


async def test_a_stopped_broker_is_left_and_found_again(town: Town, broker: Broker) -> None:
    owner, other = await two_nodes(town)
    owner.write()
    await until(lambda: other.seqs() == [1])
    broker.suspend()
    owner.write(count=5)
    owner.bus.publish(private(1))
    await until(lambda: not owner.bus.link.is_up and not other.bus.link.is_up)
    owner.write(count=5)
    owner.bus.publish(private(2))
    broker.resume()
    await until(lambda: other.seqs() == list(range(1, 12)) and other.private == [b"1", b"2"])
    assert not other.losses


async def test_publishing_never_waits_and_keeps_little(
    town: Town, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.server.bus.nats_link.MAX_QUEUED", 500)
    owner, other = await two_nodes(town)
    owner.write(count=5000)  # in one turn of the loop: most find no room
    for number in range(5000):
        owner.bus.publish(private(number))
    await until(lambda: len(other.seqs()) == 5000 and len(other.private) == 5000)
    assert other.seqs() == list(range(1, 5001))
    assert other.private == [b"%d" % number for number in range(5000)]
    assert not other.losses


async def test_an_event_that_is_too_large_for_the_broker_comes_from_the_store(town: Town) -> None:
    owner, other = await two_nodes(town)
    large = Event(name="GUILD_UPDATE", body=bytes(2_000_000), guild_id=GUILD, seq=1)
    town.store.kept[GUILD] = [large]
    owner.bus.publish(large)
    owner.write()
    await until(lambda: other.seqs() == [1, 2])


async def test_a_guild_moves_between_nodes_without_a_gap(town: Town) -> None:
    first, second = await two_nodes(town)
    watching = await town.node()
    await follow(watching)
    for owner, heir in [(first, second), (second, first)] * 5:
        owner.write(count=20)
        owner.bus.disown(GUILD)
        if GUILD not in heir.bus._streams:
            heir.bus.follow(GUILD, 0 if not heir.seqs() else heir.seqs()[-1])
        await heir.bus.own(GUILD, town.store.last_seq(GUILD))
        assert heir.seqs()[-1] == town.store.last_seq(GUILD)
    await until(lambda: len(watching.seqs()) == 200)
    for node in town.nodes:
        assert node.seqs() == list(range(1, 201))


async def test_a_node_that_dies_is_told_of_and_one_that_leaves_is_not(town: Town, relay: Relay) -> None:
    here, leaving, dying = await town.node(), await town.node(), await town.node(relay.url)
    await until(lambda: len(here.bus._peers) == 2)
    await leaving.bus.close()
    await until(lambda: len(here.bus._peers) == 1)
    relay.cut()
    await until(lambda: here.losses)
    assert here.losses == [Loss(node_id=dying.bus.node_id)]


async def test_nodes_call_each_other(town: Town) -> None:
    here, there = await town.node(), await town.node()

    async def double(body: bytes) -> bytes:
        return body * 2

    async def fail(body: bytes) -> bytes:
        raise ValueError("broken")

    async def sleep(body: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    leave = there.bus.serve("double", double)
    there.bus.serve("fail", fail)
    there.bus.serve("sleep", sleep)
    assert await there.bus.settle()
    answers = await asyncio.gather(*(here.bus.call(there.bus.node_id, "double", b"%d" % n) for n in range(100)))
    assert answers == [b"%d%d" % (n, n) for n in range(100)]
    assert await here.bus.call(there.bus.node_id, "double", bytes(MAX_CALL_BYTES // 2)) == bytes(MAX_CALL_BYTES)
    with pytest.raises(CallFailed, match="fail"):
        await here.bus.call(there.bus.node_id, "fail", b"")
    with pytest.raises(CallTimeout):
        await here.bus.call(there.bus.node_id, "sleep", b"", timeout_s=0.05)
    with pytest.raises(CallTooLarge):
        await here.bus.call(there.bus.node_id, "double", bytes(MAX_CALL_BYTES))
    with pytest.raises(CallTooLarge):
        await here.bus.call(there.bus.node_id, "double", bytes(MAX_CALL_BYTES + 1))
    leave()
    assert await there.bus.settle()
    with pytest.raises(NobodyAnswers):
        await here.bus.call(there.bus.node_id, "double", b"")
    town.broker.kill()
    await until(lambda: not here.bus.link.is_up)
    with pytest.raises(NobodyAnswers, match="away"):
        await here.bus.call(there.bus.node_id, "fail", b"")


async def test_nodes_tell_each_other_but_not_themselves(town: Town) -> None:
    here, there = await town.node(), await town.node()
    heard: list[tuple[str, bytes]] = []
    for node in (here, there):
        node.bus.listen("weather", lambda node_id, body: heard.append((node_id, body)))
        assert await node.bus.settle()
    here.bus.tell("weather", b"rain")
    here.bus.tell("weather", b"sun")
    await until(lambda: len(heard) == 2)
    assert heard == [(here.bus.node_id, b"rain"), (here.bus.node_id, b"sun")]


async def test_strange_bytes_on_the_bus_harm_nothing(town: Town) -> None:
    owner, other = await two_nodes(town)
    client = owner.bus.link.client
    assert client is not None
    for subject in (f"tuichat.ab12.g.{GUILD}", "tuichat.ab12.all", f"tuichat.ab12.n.{other.bus.node_id}.bus_private"):
        for body in (b"", b"\x01", b"\x02abc", b"\x01" + random.Random(1).randbytes(500), b"\x01" + b"\x91" * 5000):
            await client.publish(subject, body)
    owner.write()
    await until(lambda: other.seqs() == [1])
    assert other.bus.link.is_up


async def test_a_password_is_asked_for_and_told_to_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with running_broker("--user", "town", "--pass", "s3cret") as broker:
        wrong = NatsAddress.parse(f"nats://town:wr0ng@127.0.0.1:{broker.port}")
        right = NatsAddress.parse(f"nats://town:s3cret@127.0.0.1:{broker.port}")
        town = Town(broker)
        with pytest.raises(BusUnreachable, match="does not take this user") as refused:
            await NatsBus.open(wrong, "ab12", town.store.read_events, timeout_s=1)
        bus = await NatsBus.open(right, "ab12", town.store.read_events)
        await bus.close()
    said = f"{caplog.text} {refused.value!r} {wrong!r} {right} {bus.link!r}"
    assert "wr0ng" not in said
    assert "s3cret" not in said


async def test_nobody_there_is_said_with_the_address() -> None:
    address = NatsAddress.parse("nats://a:b@127.0.0.1:1")
    with pytest.raises(BusUnreachable, match=r"nats://127\.0\.0\.1:1 does not answer"):
        await NatsBus.open(address, "ab12", FakeStore().read_events, timeout_s=0.3)


async def test_a_broker_that_should_encrypt_and_does_not_is_told_nothing(broker: Broker) -> None:
    address = NatsAddress.parse(f"tls://ada:s3cret@127.0.0.1:{broker.port}")
    with pytest.raises(BusUnreachable, match="does not encrypt"):
        await NatsBus.open(address, "ab12", Town(broker).store.read_events, timeout_s=1)
