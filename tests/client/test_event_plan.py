"""What is planned becomes a request that a server may take, or a sentence that says why not."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import UNSET

from tuichat.client import event_plan
from tuichat.client.errors import RefusedError
from tuichat.client.event_plan import EventPlan, Repeats, checked, repeats_of, rule_of
from tuichat.protocol.recurrence import Frequency, NWeekday, RecurrenceRule, faults
from tuichat.protocol.scheduled_event import EntityMetadata, EntityType
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp

START = parse_timestamp("2026-12-01T20:00:00+00:00")  # a Tuesday, the first of its month
HOUR_MS = 3_600_000


def plan(**fields: Any) -> EventPlan:
    known: dict[str, Any] = {
        "name": " Honey ",
        "kind": EntityType.EXTERNAL,
        "start_ms": START,
        "end_ms": START + HOUR_MS,
        "location": "The hive",
    }
    return EventPlan(**(known | fields))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"name": " "}, "1 to 100"),
        ({"name": "x" * 101}, "1 to 100"),
        ({"description": "x" * 1001}, "1001"),
        ({"location": ""}, "where"),
        ({"end_ms": None}, "end"),
        ({"end_ms": START}, "ends before"),
        ({"kind": EntityType.VOICE}, "channel"),
    ],
)
def test_what_no_server_takes_is_refused(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(RefusedError, match=words):
        checked(plan(**wrong))


def test_a_plan_becomes_a_request() -> None:
    made = event_plan.creation(checked(plan()))
    assert (made.name, made.entity_type, made.channel_id) == ("Honey", EntityType.EXTERNAL, None)
    assert made.entity_metadata == EntityMetadata(location="The hive")
    assert made.scheduled_start_time == format_timestamp(START)
    on_stage = event_plan.creation(checked(plan(kind=EntityType.STAGE_INSTANCE, channel_id=7, end_ms=None)))
    assert (on_stage.channel_id, on_stage.entity_metadata, on_stage.scheduled_end_time) == (7, UNSET, None)


def test_an_event_that_is_on_stays_where_it_is() -> None:
    edited = event_plan.change(checked(plan()), is_on=True)
    assert (edited.scheduled_start_time, edited.entity_type, edited.channel_id) == (UNSET, UNSET, UNSET)
    assert edited.description is None
    assert event_plan.change(checked(plan()), is_on=False).scheduled_start_time == format_timestamp(START)


@pytest.mark.parametrize("repeats", [each for each in Repeats if each not in (Repeats.NEVER, Repeats.OTHER)])
@pytest.mark.parametrize("zone", [UTC, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")])
def test_every_way_to_repeat_is_a_rule_that_servers_take_and_is_known_again(repeats: Repeats, zone: Any) -> None:
    rule = rule_of(repeats, START, zone)
    assert rule is not None
    assert faults(rule) == {}
    assert repeats_of(rule, zone) is repeats


def test_days_are_those_of_the_zone() -> None:
    tokyo = rule_of(Repeats.WEEKLY, START, ZoneInfo("Asia/Tokyo"))
    assert tokyo is not None
    assert tokyo.by_weekday == [2]  # Wednesday there already
    monthly = rule_of(Repeats.MONTHLY, START, UTC)
    assert monthly is not None
    assert monthly.by_n_weekday == [NWeekday(n=1, day=1)]


def test_no_rule_and_a_strange_one_are_told_apart() -> None:
    assert repeats_of(None, UTC) is Repeats.NEVER
    assert rule_of(Repeats.NEVER, START, UTC) is None
    strange = RecurrenceRule(start=format_timestamp(START), frequency=Frequency.DAILY, by_weekday=[5, 6])
    assert repeats_of(strange, UTC) is Repeats.OTHER
