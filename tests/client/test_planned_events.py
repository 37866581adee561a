"""When events are, in which order they stand, and what one may do with them."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.client.builders import GENERAL, GUILD, ME
from tests.client.events import EVENT, planned
from tests.client.reducer.states import state
from tuichat.client import directory, planned_events
from tuichat.client.planned_events import begins_ms, coming_ms, ends_ms, in_order, local_time, may_change, may_host
from tuichat.client.state import State
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.event_exception import EventException
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType, ScheduledEvent
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp

START = parse_timestamp("2026-12-01T20:00:00+00:00")
WEEKLY = RecurrenceRule(start=format_timestamp(START), frequency=Frequency.WEEKLY)
DAY_MS = 86_400_000


def exception(at_ms: int, **fields: Any) -> EventException:
    return EventException(
        event_id=Snowflake(EVENT), event_exception_id=Snowflake((at_ms - EPOCH_MS) << TIMESTAMP_SHIFT), **fields
    )


def with_event(event: ScheduledEvent, permissions: Permissions) -> State:
    known = state()
    guild = known.guilds[GUILD]
    directory.put_event(guild, event)
    guild.roles[GUILD] = msgspec.structs.replace(guild.roles[GUILD], permissions=permissions)
    return known


def test_one_time_that_is_at_another_hour_is_told_so() -> None:
    moved = exception(
        START, scheduled_start_time="2026-12-01T22:00:00+00:00", scheduled_end_time="2026-12-01T23:00:00+00:00"
    )
    event = planned(recurrence_rule=WEEKLY, guild_scheduled_event_exceptions=[moved])
    assert begins_ms(event) == START + 2 * 3_600_000
    assert ends_ms(event) == START + 3 * 3_600_000
    assert not planned_events.is_left_out(event)
    left_out = planned(recurrence_rule=WEEKLY, guild_scheduled_event_exceptions=[exception(START, is_canceled=True)])
    assert planned_events.is_left_out(left_out)


def test_what_is_on_stands_first_and_what_cannot_be_read_last() -> None:
    later = planned(2, scheduled_start_time="2026-12-02T20:00:00+00:00")
    broken = planned(1, scheduled_start_time="some day")
    on = planned(4, status=2, scheduled_start_time="2026-12-03T20:00:00+00:00")
    assert [each.id for each in in_order([broken, later, planned(3), on])] == [4, 3, 2, 1]


def test_coming_times_keep_the_clock_of_the_zone() -> None:
    paris = ZoneInfo("Europe/Paris")
    start = parse_timestamp("2027-03-19T19:00:00+00:00")  # 20:00 there; on 28 March its clocks go forward
    rule = RecurrenceRule(start=format_timestamp(start), frequency=Frequency.WEEKLY)
    event = planned(scheduled_start_time=format_timestamp(start), recurrence_rule=rule)
    assert [local_time(each, paris).hour for each in coming_ms(event, paris, 3)] == [20, 20, 20]
    assert [local_time(each, UTC).hour for each in coming_ms(event, paris, 3)] == [19, 18, 18]
    assert [local_time(each, UTC).hour for each in coming_ms(event, UTC, 3)] == [19, 19, 19]


def test_times_that_are_left_out_do_not_come() -> None:
    left_out = exception(START + 7 * DAY_MS, is_canceled=True)
    event = planned(recurrence_rule=WEEKLY, guild_scheduled_event_exceptions=[left_out])
    assert coming_ms(event, UTC, 2) == [START + 14 * DAY_MS, START + 21 * DAY_MS]


def test_its_maker_and_who_manages_events_may_change_one() -> None:
    mine = planned(creator_id=Snowflake(ME))
    assert may_change(with_event(mine, Permissions.CREATE_EVENTS), mine)
    assert not may_change(with_event(planned(), Permissions.CREATE_EVENTS), planned())
    assert may_change(with_event(planned(), Permissions.MANAGE_EVENTS), planned())


def test_a_stage_takes_what_its_moderators_have() -> None:
    on_stage = planned(channel_id=Snowflake(GENERAL), entity_type=EntityType.STAGE_INSTANCE)
    seen = Permissions.MANAGE_EVENTS | Permissions.VIEW_CHANNEL
    assert not may_change(with_event(on_stage, seen), on_stage)
    assert may_change(with_event(on_stage, seen | planned_events.HOSTING[EntityType.STAGE_INSTANCE]), on_stage)


def test_a_cohost_may_host() -> None:
    known = with_event(planned(), Permissions(0))
    assert not may_host(known, planned())
    known.guilds[GUILD].event_details[EVENT] = EventDetails(
        event_id=Snowflake(EVENT), guild_id=Snowflake(GUILD), cohost_ids=[Snowflake(ME)]
    )
    assert may_host(known, planned())
    assert not may_change(known, planned())


TIMES = st.text(max_size=30) | st.sampled_from(
    ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "2026-12-01T20:00:00+00:00", "1969-12-31T00:00:00+00:00"]
)


@given(
    start=TIMES,
    end=TIMES | st.none(),
    exceptions=st.lists(
        st.tuples(st.integers(min_value=0, max_value=2**63 - 1), st.booleans(), TIMES | st.none()), max_size=3
    ),
    rule=st.none()
    | st.builds(
        RecurrenceRule,
        start=TIMES,
        frequency=st.integers(-1, 5),
        interval=st.integers(-3, 3),
        by_weekday=st.none() | st.lists(st.integers(-1, 8), max_size=3),
    ),
)
def test_whatever_a_server_says_of_times_can_be_shown(
    start: str, end: str | None, exceptions: list[tuple[int, bool, str | None]], rule: RecurrenceRule | None
) -> None:
    said = [
        EventException(
            event_id=Snowflake(EVENT), event_exception_id=Snowflake(each), is_canceled=out, scheduled_start_time=moved
        )
        for each, out, moved in exceptions
    ]
    event = planned(
        scheduled_start_time=start,
        scheduled_end_time=end,
        guild_scheduled_event_exceptions=said,
        recurrence_rule=rule,
    )
    for moment in (begins_ms(event), ends_ms(event)):
        assert moment is None or local_time(moment, ZoneInfo("Pacific/Kiritimati")).year <= 9999
    assert len(coming_ms(event, ZoneInfo("America/New_York"), 3)) <= 3
    assert in_order([event, planned()])
