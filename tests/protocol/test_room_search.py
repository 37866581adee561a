"""What a query finds, and which room comes first."""

import random

import msgspec
import pytest

from tuichat.protocol.coming import ComingEvent
from tuichat.protocol.live_room import FoundRoom, LiveRoom
from tuichat.protocol.room_search import event_finds, fold, has_tag, query_words, rank, room_finds
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

ADA = User(id=Snowflake(1), username="ada", global_name="Ada Lövelace")
ROOM = LiveRoom(
    id=Snowflake(9),
    guild_id=Snowflake(8),
    channel_id=Snowflake(7),
    topic="Crème brûlée for beginners",
    description="We torch things.",
    language="en",
    tags=["cooking", "Käse"],
    starter_id=Snowflake(1),
    started_ms=1000,
    speakers=1,
    listeners=4,
)
FOUND = FoundRoom(room=ROOM, guild_name="Kitchen Club", channel_name="stove", people=[ADA])


@pytest.mark.parametrize(
    "query",
    [
        "",
        "CREME",
        "brulee",
        "brûlée",
        "torch",
        "#kase",
        "KÄSE",
        "@ada",
        "lovelace",
        "kitchen",
        "stove",
        "creme torch ada",
    ],
)
def test_a_word_is_found_wherever_it_stands_without_case_and_accents(query: str) -> None:
    assert room_finds(FOUND, query_words(query))


@pytest.mark.parametrize("query", ["cake", "creme cake", "adа"])  # the last has a Cyrillic letter
def test_every_word_has_to_be_found(query: str) -> None:
    assert not room_finds(FOUND, query_words(query))


def test_what_comes_is_found_by_name_place_and_maker() -> None:
    event = ScheduledEvent(
        id=Snowflake(5),
        guild_id=Snowflake(8),
        name="Soufflé night",
        scheduled_start_time="2026-01-01T00:00:00+00:00",
        status=1,
        entity_type=1,
        creator=ADA,
    )
    coming = ComingEvent(event=event, begins_ms=0, guild_name="Kitchen Club", channel_name="stove")
    assert all(event_finds(coming, query_words(query)) for query in ("souffle", "KITCHEN stove", "lovelace", ""))
    assert not event_finds(coming, query_words("breakfast"))


def test_signs_alone_are_no_words() -> None:
    assert query_words(" # @ ") == ()


def test_letters_of_all_widths_and_cases_are_the_same() -> None:
    assert fold("ＡÅstraße") == "aastrasse"


def test_tags_are_compared_as_a_search_does() -> None:
    assert has_tag(["Käse"], ["kase"])
    assert not has_tag(["cheese"], ["kase"])


def found(number: int, **fields: object) -> FoundRoom:
    room = msgspec.structs.replace(ROOM, channel_id=Snowflake(number), id=Snowflake(number))
    return msgspec.structs.replace(FOUND, room=room, **fields)


def test_followed_people_come_before_topics_before_size_before_age() -> None:
    big = msgspec.structs.replace(ROOM, channel_id=Snowflake(4), listeners=4000)
    late = msgspec.structs.replace(ROOM, channel_id=Snowflake(5), started_ms=2000)
    rooms = [
        found(1, followed_ids=[Snowflake(1), Snowflake(2)]),
        found(2, followed_ids=[Snowflake(1)], follows_guild=True),
        found(3, chosen_tags=["cooking"], follows_guild=True),
        found(4, chosen_tags=["cooking"]),
        msgspec.structs.replace(FOUND, room=big),
        msgspec.structs.replace(FOUND, room=late),
        found(6),
        found(7),
    ]
    mixed = rooms[:]
    random.Random(5).shuffle(mixed)
    assert sorted(mixed, key=rank) == rooms
