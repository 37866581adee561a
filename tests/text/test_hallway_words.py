"""The hallway in words."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client.builders import OTHER, user
from tests.client.rooms_found import found
from tuichat.client.change import FollowedWentLive
from tuichat.protocol.follow import FollowedGuild, Follows
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.hallway_words import begins, elapsed, follows_words, went_live

NOW = datetime(2026, 11, 19, 9, 58, tzinfo=UTC)  # a Thursday
MINUTE_MS = 60_000


@pytest.mark.parametrize(
    ("later", "words"),
    [
        (timedelta(minutes=-1), "about to begin"),
        (timedelta(seconds=20), "in 1 min"),
        (timedelta(minutes=59), "in 59 min"),
        (timedelta(hours=3), "today 12:58"),
        (timedelta(hours=15), "tomorrow 00:58"),
        (timedelta(days=3), "Sunday 09:58"),
        (timedelta(days=20), "9 December 09:58"),
        (timedelta(days=60), "18 January 2027 09:58"),
    ],
)
def test_when_an_event_begins_is_said_as_one_plans_by_it(later: timedelta, words: str) -> None:
    begins_ms = int((NOW + later).timestamp() * 1000)
    assert begins(begins_ms, NOW, is_12h=False) == words


def test_twelve_hours_are_told_where_they_are_chosen() -> None:
    assert begins(int((NOW + timedelta(hours=3)).timestamp() * 1000), NOW, is_12h=True) == "today 12:58 pm"


@pytest.mark.parametrize(("minutes", "words"), [(0, "0 min"), (59, "59 min"), (60, "1:00 h"), (185, "3:05 h")])
def test_how_long_a_room_lasts(minutes: int, words: str) -> None:
    assert elapsed(0, minutes * MINUTE_MS) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("started", "grace started “Bees in winter” in Bee Club."),
        ("speaks", "grace speaks in “Bees in winter”, in Bee Club."),
        ("club", "Bee Club has a room: “Bees in winter”."),
        ("sings", "Bee Club has a room: “Bees in winter”."),  # of a newer server
    ],
)
def test_who_is_live_is_said_in_a_sentence(reason: str, words: str) -> None:
    assert went_live(FollowedWentLive(found(), reason, user(OTHER, "grace"))) == words


def test_topics_are_kept_to_oneself_where_one_chose_so() -> None:
    assert went_live(FollowedWentLive(found(), "started", user(OTHER, "grace")), shows_topic=False) == "grace is live."


def test_what_is_followed_is_listed_and_long_lists_are_cut() -> None:
    follows = Follows(
        users=[user(number, f"u{number}") for number in range(33)],
        guilds=[FollowedGuild(id=Snowflake(1), name="Bee Club")],
        topics=["bees"],
    )
    people, clubs, topics = follows_words(follows)
    assert people.endswith("@u29 and 3 more")
    assert (clubs, topics) == ("Clubs: Bee Club", "Topics: #bees")
    assert follows_words(Follows()) == []
