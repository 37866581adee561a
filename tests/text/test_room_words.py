"""Rooms are told in safe sentences that say what to do."""

import msgspec
import pytest

from tuichat.client.change import RoomCall, RoomCalled
from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.protocol.live_room import Hands, Openness
from tuichat.text.room_words import (
    HANDS,
    MAX_NAMES,
    OPENNESS,
    about,
    called,
    called_without_words,
    described,
    openness,
    people,
)

HOSTILE = "News\x1b[2J\u202eof"


@pytest.mark.parametrize("call", list(RoomCall))
def test_what_a_room_wants_is_one_safe_sentence(call: RoomCall) -> None:
    told = RoomCalled(
        guild_id=1, channel_id=2, call=call, topic=HOSTILE, name=HOSTILE, guild_name=HOSTILE, channel_name=HOSTILE
    )
    sentence = called(told)
    assert "\x1b" not in sentence
    assert "\u202e" not in sentence
    assert sentence.endswith(".")


def test_a_topic_is_kept_to_oneself_where_that_is_wanted() -> None:
    for call in (RoomCall.INVITED, RoomCall.ASKED_UP, RoomCall.MUTED, RoomCall.PUT_OUT):
        told = RoomCalled(guild_id=1, channel_id=2, call=call, topic="secret", name="ada", channel_name="weekly")
        assert "secret" not in called_without_words(told)


def test_every_openness_and_rule_for_hands_has_words() -> None:
    assert set(OPENNESS) == set(Openness)
    assert set(HANDS) == set(Hands)


def test_a_room_for_one_role_names_it_and_is_told_without_a_name_where_that_is_unknown() -> None:
    view = RoomView(account_key="s/1", guild_id=1, channel_id=2, title="weekly", openness=Openness.ROLE, role="growers")
    assert openness(view) == "open to growers"
    assert openness(msgspec.structs.replace(view, role="")) == "open to one role"


def test_what_a_room_is_and_who_is_in_it() -> None:
    ada = RoomPerson(user_id=1, name="ada", is_host=True, is_muted=True)
    crowd = tuple(RoomPerson(user_id=each, name=f"user{each}") for each in range(10, 10 + MAX_NAMES + 5))
    view = RoomView(
        account_key="s/1",
        guild_id=1,
        channel_id=2,
        title="weekly",
        is_live=True,
        topic="News",
        description="All that is new",
        language="en",
        tags=("news",),
        link="https://example.org",
        openness=Openness.PUBLIC,
        hands=Hands.OFF,
        speakers=(ada, *crowd),
        invited=(RoomPerson(user_id=2, name="", is_me=True),),
        listeners=1,
    )
    assert about(view) == [
        "News",
        "All that is new",
        "open to everybody, hands are off, en, #news",
        "Pinned: https://example.org",
    ]
    stage, invited, listeners = people(view)
    assert stage.startswith("On the stage: ada (host, muted), user10")
    assert stage.endswith("and 6 more")
    assert (invited, listeners) == ("Asked to speak: you", "1 listens.")


def test_somebody_without_a_name_is_somebody() -> None:
    assert described(RoomPerson(user_id=2, name="")) == "somebody"
