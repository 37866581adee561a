"""The contract of the bus, for the embedded one and the one of several nodes: order, leaving, failures, calls."""

import asyncio
import logging

import pytest

from tests.server.bus.broker import needs_nats
from tuichat.protocol.dispatch.message import MessageDelete
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Bus, Event, event
from tuichat.server.bus.bus import MAX_CALL_BYTES, CallFailed, CallTimeout, CallTooLarge, NobodyAnswers

each_bus = pytest.mark.parametrize("kind", ["local", pytest.param("nats", marks=needs_nats)])


def named(name: str) -> Event:
    return Event(name=name, body=b"{}")


@each_bus
async def test_subscribers_are_called_at_once_and_in_order(bus: Bus) -> None:
    seen = list[str]()
    bus.subscribe(lambda event: seen.append(f"one {event.name}"))
    bus.subscribe(lambda event: seen.append(f"two {event.name}"))
    bus.publish(named("A"))
    bus.publish(named("B"))
    assert seen == ["one A", "two A", "one B", "two B"]


@each_bus
async def test_who_has_left_hears_nothing_even_while_leaving(bus: Bus) -> None:
    seen = list[str]()

    def once(event: Event) -> None:
        seen.append(event.name)
        leave()

    leave = bus.subscribe(once)
    bus.publish(named("A"))
    bus.publish(named("B"))
    leave()
    assert seen == ["A"]


@each_bus
async def test_a_failing_subscriber_stops_no_other(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    seen = list[str]()

    def fail(event: Event) -> None:
        raise ValueError("broken")

    bus.subscribe(fail)
    bus.subscribe(lambda event: seen.append(event.name))
    with caplog.at_level(logging.ERROR):
        bus.publish(named("A"))
    assert seen == ["A"]
    assert "A" in caplog.text


@each_bus
async def test_own_events_come_once_with_everything_followed(bus: Bus) -> None:
    seen = list[tuple[str, int]]()
    bus.follow(5, 0)
    bus.follow_user(6)
    await bus.own(5, 0)
    assert await bus.settle()
    bus.subscribe(lambda event: seen.append((event.name, event.seq)))
    bus.publish(Event(name="A", body=b"{}", guild_id=5, seq=1))
    bus.publish(Event(name="B", body=b"{}", user_ids=frozenset({6})))
    bus.publish(Event(name="C", body=b"{}", guild_id=5, is_lossy=True))
    assert await bus.settle()
    bus.disown(5)
    bus.unfollow(5)
    bus.unfollow_user(6)
    assert seen == [("A", 1), ("B", 0), ("C", 0)]


@each_bus
async def test_a_call_to_oneself_is_answered(bus: Bus) -> None:
    async def double(body: bytes) -> bytes:
        return body * 2

    leave = bus.serve("double", double)
    assert await bus.call(bus.node_id, "double", b"ab") == b"abab"
    leave()
    with pytest.raises(NobodyAnswers, match="double"):
        await bus.call(bus.node_id, "double", b"ab")


@each_bus
async def test_calls_that_cannot_be_answered_say_why(bus: Bus) -> None:
    async def fail(body: bytes) -> bytes:
        raise ValueError("broken")

    async def sleep(body: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    async def chatter(body: bytes) -> bytes:
        return bytes(MAX_CALL_BYTES + 1)

    for service, handler in {"fail": fail, "sleep": sleep, "chatter": chatter}.items():
        bus.serve(service, handler)
    with pytest.raises(CallFailed, match="fail"):
        await bus.call(bus.node_id, "fail", b"")
    with pytest.raises(CallTimeout, match="sleep"):
        await bus.call(bus.node_id, "sleep", b"", timeout_s=0.05)
    with pytest.raises(CallTooLarge):
        await bus.call(bus.node_id, "chatter", b"")
    with pytest.raises(CallTooLarge):
        await bus.call(bus.node_id, "fail", bytes(MAX_CALL_BYTES + 1))
    with pytest.raises(NobodyAnswers):
        await bus.call("0" * 16, "fail", b"")


def test_only_what_a_whole_guild_may_see_is_kept() -> None:
    payload = MessageDelete(id=Snowflake(1), channel_id=Snowflake(2))
    assert event("MESSAGE_DELETE", payload, guild_id=3, channel_id=2).is_kept
    assert not event("MESSAGE_DELETE", payload).is_kept
    assert not event("MESSAGE_DELETE", payload, guild_id=3, user_ids=[4]).is_kept
    assert not event("TYPING_START", payload, guild_id=3, is_lossy=True).is_kept
    assert event("MESSAGE_DELETE", payload, user_ids=[4]).body == b'{"id":"1","channel_id":"2"}'
