"""Scheduled events come, change and go in the state, with who is interested in them."""

from typing import Any, TypeVar

import msgspec

from tests.client.builders import GUILD, ME, OTHER, ready
from tests.client.events import EVENT, planned
from tests.client.reducer.states import NOW, state
from tuichat.client import directory
from tuichat.client.change import Change, EventsChanged
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.protocol.dispatch.guild import GuildCreate
from tuichat.protocol.event_details import EventDetailsUpdate
from tuichat.protocol.event_exception import EventExceptionCreate, EventExceptionDelete, EventExceptionsDelete
from tuichat.protocol.event_subscription import ScheduledEventUserAdd, ScheduledEventUserRemove
from tuichat.protocol.scheduled_event import (
    EventStatus,
    ScheduledEvent,
    ScheduledEventCreate,
    ScheduledEventDelete,
    ScheduledEventUpdate,
)
from tuichat.protocol.snowflake import Snowflake

S = TypeVar("S", bound=msgspec.Struct)
CHANGED: list[Change] = [EventsChanged(GUILD)]


def told(kind: type[S], event: ScheduledEvent) -> S:
    return kind(**{name: getattr(event, name) for name in ScheduledEvent.__struct_fields__})


def made(**fields: Any) -> State:
    known = state()
    assert reducer.reduce(known, told(ScheduledEventCreate, planned(**fields)), NOW) == CHANGED
    return known


def test_an_event_comes_changes_and_goes() -> None:
    known = made(user_count=3)
    assert known.guilds[GUILD].events[EVENT].name == "Honey evening"
    reducer.reduce(known, told(ScheduledEventUpdate, planned(name="Mead")), NOW)
    assert (known.guilds[GUILD].events[EVENT].name, known.guilds[GUILD].events[EVENT].user_count) == ("Mead", 3)
    assert reducer.reduce(known, told(ScheduledEventDelete, planned()), NOW) == CHANGED
    assert known.guilds[GUILD].events == {}
    assert reducer.reduce(known, told(ScheduledEventDelete, planned()), NOW) == []


def test_an_event_that_is_over_is_forgotten() -> None:
    known = made()
    reducer.reduce(known, told(ScheduledEventUpdate, planned(status=EventStatus.COMPLETED)), NOW)
    assert known.guilds[GUILD].events == {}


def test_events_come_with_their_guild() -> None:
    known = State()
    full = msgspec.structs.replace(ready().guilds[0], guild_scheduled_events=[planned(), planned(501, status=4)])
    reducer.reduce(known, ready(full), NOW)
    assert list(known.guilds[GUILD].events) == [EVENT]
    again = GuildCreate(**{name: getattr(full, name) for name in full.__struct_fields__})
    reducer.reduce(known, again, NOW)
    assert list(known.guilds[GUILD].events) == [EVENT]


def test_interest_is_counted_and_ones_own_is_kept() -> None:
    known = made(user_count=1)
    ids = {"guild_scheduled_event_id": Snowflake(EVENT), "guild_id": Snowflake(GUILD)}
    for user_id in (OTHER, ME):
        assert reducer.reduce(known, ScheduledEventUserAdd(user_id=Snowflake(user_id), **ids), NOW) == CHANGED
    assert (known.guilds[GUILD].events[EVENT].user_count, known.interested_ids) == (3, {EVENT})
    reducer.reduce(known, ScheduledEventUserRemove(user_id=Snowflake(ME), **ids), NOW)
    assert (known.guilds[GUILD].events[EVENT].user_count, known.interested_ids) == (2, set())


def test_what_is_otherwise_about_one_time_is_put_replaced_and_taken_away() -> None:
    known = made()
    ids: dict[str, Any] = {"event_id": Snowflake(EVENT), "event_exception_id": Snowflake(77)}
    assert reducer.reduce(known, EventExceptionCreate(is_canceled=True, **ids), NOW) == CHANGED
    reducer.reduce(known, EventExceptionCreate(scheduled_start_time="2026-12-01T22:00:00+00:00", **ids), NOW)
    (only,) = known.guilds[GUILD].events[EVENT].guild_scheduled_event_exceptions
    assert not only.is_canceled
    reducer.reduce(known, EventExceptionDelete(**ids), NOW)
    assert known.guilds[GUILD].events[EVENT].guild_scheduled_event_exceptions == []
    reducer.reduce(known, EventExceptionCreate(is_canceled=True, **ids), NOW)
    gone = EventExceptionsDelete(guild_id=Snowflake(GUILD), event_id=Snowflake(EVENT))
    assert reducer.reduce(known, gone, NOW) == CHANGED
    assert known.guilds[GUILD].events[EVENT].guild_scheduled_event_exceptions == []


def test_details_are_kept_of_events_that_are_known() -> None:
    known = made()
    details = EventDetailsUpdate(
        event_id=Snowflake(EVENT), guild_id=Snowflake(GUILD), time_zone="Europe/Paris", cohost_ids=[Snowflake(ME)]
    )
    assert reducer.reduce(known, details, NOW) == CHANGED
    assert known.guilds[GUILD].event_details[EVENT].time_zone == "Europe/Paris"
    assert reducer.reduce(known, msgspec.structs.replace(details, event_id=Snowflake(9)), NOW) == []


def test_a_guild_holds_no_endless_events() -> None:
    known = state()
    for event_id in range(1, directory.MAX_EVENTS + 5):
        directory.put_event(known.guilds[GUILD], planned(event_id))
    assert len(known.guilds[GUILD].events) == directory.MAX_EVENTS
