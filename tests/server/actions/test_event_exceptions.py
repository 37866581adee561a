"""Single times of what recurs: left out, put elsewhere, and as the rule says again."""

from typing import Any

import pytest

from tests.server.actions.conftest import Town, refused
from tests.server.actions.test_scheduled_event_clock import after, row_of
from tests.server.actions.test_scheduled_events import (
    HOUR_MS,
    INVALID,
    NO_PERMISSION,
    UNKNOWN,
    at,
    edit,
    elsewhere,
    plan,
)
from tuichat.protocol import codec
from tuichat.protocol.event_exception import (
    CreateEventExceptionRequest,
    EditEventExceptionRequest,
    EventException,
    EventExceptionsDelete,
)
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EventStatus, ScheduledEvent
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import event_exceptions, scheduled_events

DAY_H = 24


async def daily(town: Town) -> ScheduledEvent:
    """An event of an hour that is in an hour, and every day."""
    rule = RecurrenceRule(start=at(town, 1), frequency=Frequency.DAILY)
    return await plan(town, elsewhere(town, recurrence_rule=rule))


async def except_(town: Town, event_id: int, hours: float, who: str = "ada", **fields: Any) -> EventException:
    request = CreateEventExceptionRequest(original_scheduled_start_time=at(town, hours), **fields)
    return await event_exceptions.create_exception(town.ctx, town.people[who], town.guild_id, event_id, request)


async def told_of(town: Town, event_id: int) -> list[EventException]:
    return (
        await scheduled_events.get_event(town.ctx, town.bob, town.guild_id, event_id)
    ).guild_scheduled_event_exceptions


async def test_a_time_is_left_out_changed_and_set_back(town: Town) -> None:
    made = await daily(town)
    first = await except_(town, made.id, 1 + DAY_H, is_canceled=True)
    assert (first.event_id, first.is_canceled, first.scheduled_start_time) == (made.id, True, None)
    assert first.event_exception_id.timestamp_ms == town.clock.ms + (1 + DAY_H) * HOUR_MS
    assert await told_of(town, made.id) == [first]
    moved = await except_(town, made.id, 1 + DAY_H, scheduled_start_time=at(town, 3 + DAY_H))
    assert (moved.event_exception_id, moved.is_canceled) == (first.event_exception_id, False)
    assert (moved.scheduled_start_time, moved.scheduled_end_time) != (None, None)  # it takes as long as ever
    again = await event_exceptions.edit_exception(
        town.ctx,
        town.ada,
        town.guild_id,
        made.id,
        moved.event_exception_id,
        EditEventExceptionRequest(is_canceled=True),
    )
    assert await told_of(town, made.id) == [again]
    await event_exceptions.delete_exception(town.ctx, town.ada, town.guild_id, made.id, again.event_exception_id)
    assert await told_of(town, made.id) == []
    with refused(UNKNOWN, 404):
        await event_exceptions.delete_exception(town.ctx, town.ada, town.guild_id, made.id, again.event_exception_id)
    assert len(town.told("GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE")) == 3
    assert len(town.told("GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE")) == 1


async def test_what_is_left_out_does_not_take_place(town: Town) -> None:
    made = await daily(town)
    await except_(town, made.id, 1, is_canceled=True)
    await except_(town, made.id, 1 + DAY_H, is_canceled=True)
    start_ms = row_of(town, made.id).start_ms
    await after(town, HOUR_MS)
    row = row_of(town, made.id)
    assert (row.status, row.start_ms, row.exceptions) == (EventStatus.SCHEDULED, start_ms + 2 * DAY_H * HOUR_MS, ())


async def test_what_is_put_elsewhere_begins_and_ends_then(town: Town) -> None:
    made = await daily(town)
    await except_(town, made.id, 1, scheduled_start_time=at(town, 3), scheduled_end_time=at(town, 6))
    start_ms = row_of(town, made.id).start_ms
    seen = []
    for hours in (2, 1, 2, 1):
        await after(town, hours * HOUR_MS)
        seen.append(row_of(town, made.id).status)
    assert seen == [EventStatus.SCHEDULED, EventStatus.ACTIVE, EventStatus.ACTIVE, EventStatus.SCHEDULED]
    assert row_of(town, made.id).start_ms == start_ms + DAY_H * HOUR_MS


async def test_what_takes_place_earlier_takes_place_once(town: Town) -> None:
    made = await daily(town)
    await except_(town, made.id, 1, scheduled_start_time=at(town, 0.25), scheduled_end_time=at(town, 0.5))
    start_ms = row_of(town, made.id).start_ms
    await after(town, HOUR_MS // 4)
    assert row_of(town, made.id).status == EventStatus.ACTIVE
    await after(town, HOUR_MS // 4)
    assert row_of(town, made.id).start_ms == start_ms + DAY_H * HOUR_MS


async def test_another_rule_forgets_them(town: Town) -> None:
    made = await daily(town)
    await except_(town, made.id, 1, is_canceled=True)
    assert len((await edit(town, made.id, name="Mead")).guild_scheduled_event_exceptions) == 1
    assert (await edit(town, made.id, recurrence_rule=None)).guild_scheduled_event_exceptions == []
    (told,) = town.told("GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE")
    assert codec.decode(told.body, EventExceptionsDelete).event_id == made.id


@pytest.mark.parametrize(
    ("hours", "fields", "code"),
    [
        (1, {}, 180005),
        (2, {"is_canceled": True}, INVALID),
        (1 - DAY_H, {"is_canceled": True}, INVALID),
        (1, {"scheduled_start_time": "soon"}, INVALID),
        (1, {"scheduled_start_time": "2020-01-01T00:00:00Z"}, INVALID),
        (1, {"scheduled_start_time": "9020-01-01T00:00:00Z"}, INVALID),
        (1, {"scheduled_end_time": "2026-01-01T00:00:00Z"}, INVALID),
    ],
)
async def test_what_no_exception_can_say(town: Town, hours: float, fields: dict[str, Any], code: int) -> None:
    made = await daily(town)
    with refused(code):
        await except_(town, made.id, hours, **fields)


async def test_who_may_make_exceptions_of_what(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made, once = await daily(town), await plan(town, elsewhere(town))
    with refused(NO_PERMISSION, 403):
        await except_(town, made.id, 1, "bob", is_canceled=True)
    with refused(INVALID):
        await except_(town, once.id, 1, is_canceled=True)
    with refused(UNKNOWN, 404):
        await event_exceptions.edit_exception(
            town.ctx, town.ada, town.guild_id, made.id, Snowflake(7), EditEventExceptionRequest(is_canceled=True)
        )
    monkeypatch.setattr(event_exceptions, "MAX_EXCEPTIONS", 1)
    await except_(town, made.id, 1, is_canceled=True)
    with refused(30038):
        await except_(town, made.id, 1 + DAY_H, is_canceled=True)
    await edit(town, made.id, status=EventStatus.ACTIVE)
    with refused(INVALID):
        await except_(town, made.id, 1, is_canceled=True)
    await edit(town, once.id, status=EventStatus.CANCELED)
    with refused(180000):
        await except_(town, once.id, 1, is_canceled=True)
