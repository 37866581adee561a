"""What is written for calendars is what a calendar reads."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]  # it has none
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.client.events import EVENT, planned
from tuichat.client.calendar_file import MAX_LINE_BYTES, CalendarEvent, calendar_file, escaped, folded
from tuichat.client.event_plan import Repeats, rule_of
from tuichat.client.planned_events import coming_ms
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.event_exception import EventException
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp

NOW = parse_timestamp("2026-11-27T10:00:00+00:00")
START = parse_timestamp("2026-12-01T20:00:00+00:00")
DAY_MS = 86_400_000
ZONES = ["Europe/Paris", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"]


def written(event: ScheduledEvent, zone: str | None = None, **fields: str) -> bytes:
    details = EventDetails(event_id=event.id, guild_id=event.guild_id, time_zone=zone)
    each = CalendarEvent(event=event, details=details, **fields)
    return calendar_file("Bees", [each], domain="bees.example", now_ms=NOW)


def read(event: ScheduledEvent, zone: str | None = None, **fields: str) -> list[Any]:
    return list(icalendar.Calendar.from_ical(written(event, zone, **fields)).walk("VEVENT"))


def exception(at_ms: int, **fields: Any) -> EventException:
    return EventException(
        event_id=Snowflake(EVENT), event_exception_id=Snowflake((at_ms - EPOCH_MS) << TIMESTAMP_SHIFT), **fields
    )


def test_an_event_is_read_as_it_was_planned() -> None:
    (made,) = read(
        planned(description="Bring; a, spoon\nand bread"), place="The hive", url="https://bees.example/i/abc?event=500"
    )
    assert made["UID"] == f"{EVENT}@bees.example"
    assert (made["SUMMARY"], made["LOCATION"], made["STATUS"]) == ("Honey evening", "The hive", "CONFIRMED")
    assert made["DESCRIPTION"] == "Bring; a, spoon\nand bread"
    assert made["URL"] == "https://bees.example/i/abc?event=500"
    assert made["DTSTART"].dt == datetime(2026, 12, 1, 20, tzinfo=UTC)
    assert made["DTEND"].dt == datetime(2026, 12, 1, 21, tzinfo=UTC)
    assert made["DTSTAMP"].dt == datetime(2026, 11, 27, 10, tzinfo=UTC)


def test_the_id_of_an_event_stays() -> None:
    assert read(planned())[0]["UID"] == read(planned(name="Another"), "Europe/Paris")[0]["UID"]


def test_an_event_without_an_end_has_none() -> None:
    assert "DTEND" not in read(planned(scheduled_end_time=None))[0]


def test_an_event_in_a_zone_has_its_clock() -> None:
    text = written(planned(), "Europe/Paris").decode()
    assert "DTSTART;TZID=Europe/Paris:20261201T210000\r\n" in text
    assert "BEGIN:VTIMEZONE\r\nTZID:Europe/Paris\r\n" in text
    assert "TZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n" in text
    assert "20270328T020000" in text  # when summer begins, by the clock before


@pytest.mark.parametrize("zone", ZONES)
def test_the_rules_of_a_zone_say_what_its_clocks_do(zone: str) -> None:
    calendar = icalendar.Calendar.from_ical(written(planned(), zone))
    (told,) = calendar.walk("VTIMEZONE")
    made, real = cast(icalendar.Timezone, told).to_tz(lookup_tzid=False), ZoneInfo(zone)
    for hours in range(0, 24 * 800, 7):
        moment = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(hours=hours)
        assert moment.astimezone(made).utcoffset() == moment.astimezone(real).utcoffset(), moment


@pytest.mark.parametrize("repeats", [each for each in Repeats if each not in (Repeats.NEVER, Repeats.OTHER)])
@pytest.mark.parametrize("zone", [None, "Europe/Paris", "Asia/Tokyo"])
def test_a_calendar_finds_the_times_that_the_server_will(repeats: Repeats, zone: str | None) -> None:
    clock = UTC if zone is None else ZoneInfo(zone)
    event = planned(recurrence_rule=rule_of(repeats, START, clock))
    (made,) = read(event, zone)
    start = made["DTSTART"].dt
    rule = rrulestr(made["RRULE"].to_ical().decode(), dtstart=start.replace(tzinfo=None))
    naive = list(rule.xafter(start.replace(tzinfo=None), count=30))
    moments = [int(each.replace(tzinfo=start.tzinfo).timestamp() * 1000) for each in naive]
    assert moments[:30] == coming_ms(event, clock, 30)[: len(moments)]


def test_times_that_are_left_out_or_moved_are_told() -> None:
    left_out, moved = START + DAY_MS, START + 2 * DAY_MS
    event = planned(
        recurrence_rule=rule_of(Repeats.DAILY, START, UTC),
        guild_scheduled_event_exceptions=[
            exception(left_out, is_canceled=True),
            exception(moved, scheduled_start_time=format_timestamp(moved + 3_600_000)),
        ],
    )
    whole, other = read(event)
    assert whole["EXDATE"].dts[0].dt == datetime(2026, 12, 2, 20, tzinfo=UTC)
    assert other["UID"] == whole["UID"]
    assert other["RECURRENCE-ID"].dt == datetime(2026, 12, 3, 20, tzinfo=UTC)
    assert other["DTSTART"].dt == datetime(2026, 12, 3, 21, tzinfo=UTC)
    assert other["DTEND"].dt == datetime(2026, 12, 3, 22, tzinfo=UTC)


@given(st.text(max_size=300))
def test_lines_are_folded_within_characters_and_read_back(line: str) -> None:
    line = "".join(each for each in line if each.isprintable())
    made = folded(line)
    assert made.endswith(b"\r\n")
    for part in made[:-2].split(b"\r\n"):
        assert len(part) <= MAX_LINE_BYTES
        part.decode()
    assert made[:-2].replace(b"\r\n ", b"").decode() == line


@given(st.text(max_size=100))
def test_an_escaped_text_stays_in_its_line_and_is_read_back(text: str) -> None:
    made = escaped(text)
    assert "\n" not in made
    assert "\r" not in made
    back = str(read(planned(name=text))[0]["SUMMARY"])
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    assert len(back) == len(kept)
    assert all(mine == theirs or theirs == "\N{REPLACEMENT CHARACTER}" for mine, theirs in zip(kept, back, strict=True))


@settings(max_examples=60)
@given(
    name=st.text(min_size=1, max_size=100),
    description=st.none() | st.text(max_size=200),
    place=st.text(max_size=60),
    url=st.text(max_size=60),
    start=st.integers(0, 253_402_300_799_000),
    end=st.none() | st.integers(0, 253_402_300_799_000),
    zone=st.none() | st.sampled_from(ZONES) | st.text(max_size=10),
)
def test_whatever_a_server_says_becomes_one_event_or_none(
    name: str, description: str | None, place: str, url: str, start: int, end: int | None, zone: str | None
) -> None:
    event = planned(
        name=name,
        description=description,
        scheduled_start_time=format_timestamp(start),
        scheduled_end_time=None if end is None else format_timestamp(end),
    )
    assert len(read(event, zone, place=place, url=url)) <= 1
    for line in written(event, zone, place=place, url=url).split(b"\r\n"):
        assert len(line) <= MAX_LINE_BYTES
