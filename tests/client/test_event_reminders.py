"""One is reminded of what one is interested in, before it begins and as it does, and of nothing else."""

from typing import Any

import pytest

from tests.client.builders import GUILD
from tests.client.events import EVENT, planned
from tests.client.reducer.states import state
from tests.client.test_planned_events import exception
from tuichat.client import directory
from tuichat.client.event_reminders import Occasion, due, next_due_ms
from tuichat.client.state import State
from tuichat.protocol.guild_settings import UserGuildSettings
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp

KEY = "server/1000"
START = parse_timestamp("2026-12-01T20:00:00+00:00")
MINUTE = 60_000


def known(*, is_interested: bool = True, **fields: Any) -> State:
    made = state()
    directory.put_event(made.guilds[GUILD], planned(**fields))
    made.interested_ids = {EVENT} if is_interested else set()
    return made


@pytest.mark.parametrize(
    ("minutes_before", "occasions"), [(16, []), (15, [Occasion.SOON]), (1, [Occasion.SOON]), (0, []), (-10, [])]
)
def test_what_comes_is_told_from_a_quarter_of_an_hour_before(minutes_before: int, occasions: list[Occasion]) -> None:
    found = due(KEY, known(), START - minutes_before * MINUTE, 15)
    assert [each.occasion for each in found] == occasions


def test_what_has_begun_is_told_also_early_and_late() -> None:
    on = known(status=EventStatus.ACTIVE)
    for minutes in (-60, 0, 120):
        (found,) = due(KEY, on, START + minutes * MINUTE, 15)
        assert found.occasion is Occasion.ON


def test_nothing_is_told_of_what_one_is_not_interested_in_nor_where_it_is_turned_off() -> None:
    assert due(KEY, known(is_interested=False), START - MINUTE, 15) == []
    assert due(KEY, known(), START - MINUTE, 0) == []
    muted = known()
    muted.guild_settings[GUILD] = UserGuildSettings(guild_id=Snowflake(GUILD), mute_scheduled_events=True)
    assert due(KEY, muted, START - MINUTE, 15) == []


def test_a_time_that_is_left_out_is_not_told_and_one_that_moved_is_told_at_its_hour() -> None:
    rule = RecurrenceRule(start=format_timestamp(START), frequency=Frequency.WEEKLY)
    out = known(recurrence_rule=rule, guild_scheduled_event_exceptions=[exception(START, is_canceled=True)])
    assert due(KEY, out, START - MINUTE, 15) == []
    later = format_timestamp(START + 60 * MINUTE)
    moved = known(recurrence_rule=rule, guild_scheduled_event_exceptions=[exception(START, scheduled_start_time=later)])
    assert due(KEY, moved, START - MINUTE, 15) == []
    (found,) = due(KEY, moved, START + 50 * MINUTE, 15)
    assert found.begins_ms == START + 60 * MINUTE


def test_each_time_of_an_event_has_a_key_of_its_own() -> None:
    (first,) = due(KEY, known(), START - MINUTE, 15)
    (next_week,) = due(
        KEY, known(scheduled_start_time=format_timestamp(START + 7 * 1440 * MINUTE)), START + 7 * 1440 * MINUTE - 1, 15
    )
    (on,) = due(KEY, known(status=EventStatus.ACTIVE), START, 15)
    assert len({first.key, next_week.key, on.key}) == 3


def test_it_is_known_when_the_next_one_comes_near() -> None:
    assert next_due_ms([known()], START - 60 * MINUTE, 15) == START - 15 * MINUTE
    assert next_due_ms([known()], START - 5 * MINUTE, 15) is None
    assert next_due_ms([known(is_interested=False)], START - 60 * MINUTE, 15) is None


def test_a_time_that_cannot_be_read_is_no_reminder() -> None:
    broken = known(scheduled_start_time="some day")
    assert due(KEY, broken, START, 15) == []
    assert next_due_ms([broken], START, 15) is None
