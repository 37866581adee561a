"""A line with semicolons is read into what is planned."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commands.fake_client import VOICE, FakeClient, context
from tuichat.client.errors import RefusedError
from tuichat.client.event_plan import EventPlan, Repeats, repeats_of
from tuichat.commands.errors import CommandError
from tuichat.commands.subjects.event_parts import planned, split_parts
from tuichat.protocol.scheduled_event import EntityType
from tuichat.protocol.timestamp import parse_timestamp

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=PARIS)
LEADING = ("name", "when")


async def plan(line: str, base: EventPlan | None = None, *, has_zones: bool = True) -> EventPlan:
    parts = split_parts(line, () if base is not None else LEADING)
    return await planned(parts, context(FakeClient()), NOW, base, has_zones=has_zones)


def at(text: str) -> int:
    return parse_timestamp(text)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Bees; tomorrow 20:00; in #lounge", {"name": "Bees", "when": "tomorrow 20:00", "in": "#lounge"}),
        ("In the garden; in 2 hours; at The hive", {"name": "In the garden", "when": "in 2 hours", "at": "The hive"}),
        ("name Bees; when noon", {"name": "Bees", "when": "noon"}),
        ("Bees; at noon; about Honey; and mead", {"name": "Bees", "when": "at noon", "about": "Honey; and mead"}),
        (";;", {}),
    ],
)
def test_parts_are_told_by_their_words(line: str, said: dict[str, str]) -> None:
    assert split_parts(line, LEADING).said == said


async def test_an_event_in_a_channel_is_planned() -> None:
    made = await plan("Bees; tomorrow 20:00; in #lounge; every week; for 2h; about Honey")
    assert (made.name, made.kind, made.channel_id, made.description) == ("Bees", EntityType.VOICE, VOICE, "Honey")
    assert made.start_ms == at("2026-11-28T20:00:00+01:00")
    assert made.end_ms == at("2026-11-28T22:00:00+01:00")
    assert repeats_of(made.rule, PARIS) is Repeats.WEEKLY


async def test_times_are_by_the_clock_of_the_zone_that_is_named() -> None:
    made = await plan("Bees; tomorrow 20:00; at The hive; zone tokyo")
    assert made.time_zone == "Asia/Tokyo"
    assert made.start_ms == at("2026-11-28T20:00:00+09:00")
    assert made.end_ms == made.start_ms + 3_600_000  # an event elsewhere has an end


async def test_what_is_not_said_in_an_edit_stays() -> None:
    base = await plan("Bees; tomorrow 20:00; at The hive; every week; for 2h; zone Europe/Paris; about Honey")
    edited = await plan("when 2026-12-02 21:00", base)
    assert (edited.name, edited.location, edited.description) == ("Bees", "The hive", "Honey")
    assert edited.start_ms == at("2026-12-02T21:00:00+01:00")
    assert edited.end_ms == edited.start_ms + 2 * 3_600_000
    assert edited.rule is not None
    assert edited.rule.by_weekday == [2]  # it moves with the day
    assert (await plan("every never; about", base)).rule is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Bees", "when it begins"),
        ("Bees; tomorrow", "without a time of day"),
        ("Bees; tomorrow 20:00", "where it is"),
        ("Bees; tomorrow 20:00; in #general", "stage or a voice channel"),
        ("Bees; tomorrow 20:00; in #nowhere", "no channel"),
        ("Bees; tomorrow 20:00; at Hive; every moon", "“moon” is not how"),
        ("Bees; tomorrow 20:00; at Hive; zone Nowhere", "no time zone"),
        ("Bees; tomorrow 20:00; at Hive; zone america", "Which zone"),
        ("Bees; tomorrow 20:00; at Hive; with honey", "“with honey” begins with none"),
        ("Bees; tomorrow 20:00; at Hive; until yesterday", "“yesterday”"),
    ],
)
async def test_what_is_missing_or_wrong_is_told(line: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        await plan(line)


async def test_a_server_without_zones_is_told_none() -> None:
    with pytest.raises(CommandError, match="no time zones"):
        await plan("Bees; tomorrow 20:00; at Hive; zone Europe/Paris", has_zones=False)


async def test_a_cover_is_read_from_its_file(tmp_path: Any) -> None:
    with pytest.raises(RefusedError):
        await plan(f"Bees; tomorrow 20:00; at Hive; cover {tmp_path / 'none.png'}")
    assert (await plan("Bees; tomorrow 20:00; at Hive; cover none")).image is None


@given(st.text(max_size=80))
def test_any_line_is_parts_or_a_sentence(line: str) -> None:
    for leading in (LEADING, ()):
        try:
            split_parts(line, leading)
        except CommandError as error:
            assert "\n" not in str(error)  # noqa: PT017  # what is said of it, wherever it is raised
