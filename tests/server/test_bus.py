"""The bus: order, leaving, and a subscriber that fails."""

import logging

import pytest

from tuichat.protocol.dispatch.message import MessageDelete
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Bus, Event, event


def named(name: str) -> Event:
    return Event(name=name, body=b"{}")


def test_subscribers_are_called_at_once_and_in_order() -> None:
    bus, seen = Bus(), list[str]()
    bus.subscribe(lambda event: seen.append(f"one {event.name}"))
    bus.subscribe(lambda event: seen.append(f"two {event.name}"))
    bus.publish(named("A"))
    bus.publish(named("B"))
    assert seen == ["one A", "two A", "one B", "two B"]


def test_who_has_left_hears_nothing_even_while_leaving() -> None:
    bus, seen = Bus(), list[str]()

    def once(event: Event) -> None:
        seen.append(event.name)
        leave()

    leave = bus.subscribe(once)
    bus.publish(named("A"))
    bus.publish(named("B"))
    leave()
    assert seen == ["A"]


def test_a_failing_subscriber_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    bus, seen = Bus(), list[str]()

    def fail(event: Event) -> None:
        raise ValueError("broken")

    bus.subscribe(fail)
    bus.subscribe(lambda event: seen.append(event.name))
    with caplog.at_level(logging.ERROR):
        bus.publish(named("A"))
    assert seen == ["A"]
    assert "A" in caplog.text


def test_only_what_a_whole_guild_may_see_is_kept() -> None:
    payload = MessageDelete(id=Snowflake(1), channel_id=Snowflake(2))
    assert event("MESSAGE_DELETE", payload, guild_id=3, channel_id=2).is_kept
    assert not event("MESSAGE_DELETE", payload).is_kept
    assert not event("MESSAGE_DELETE", payload, guild_id=3, user_ids=[4]).is_kept
    assert not event("TYPING_START", payload, guild_id=3, is_lossy=True).is_kept
    assert event("MESSAGE_DELETE", payload, user_ids=[4]).body == b'{"id":"1","channel_id":"2"}'
