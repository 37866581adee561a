"""What happens in a live room is said in sentences."""

from typing import cast

import msgspec
import pytest

from tests.client.builders import GUILD, ME, OTHER
from tests.client.stages import ASKED, NOW, STAGE, room, room_created, seat, stage_created, stage_state
from tests.tui.fake_desk import FakeDesk
from tuichat.client.change import RoomCall, RoomCalled
from tuichat.client.client import Client
from tuichat.client.live_rooms import LiveRooms
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.plain.room_herald import REACTIONS_EVERY_MS, RoomHerald
from tuichat.protocol.dispatch.voice import StageDelete
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.live_room import Hands, LiveRoomDelete, Openness
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import VoiceChannelEffectSend

KEY = "server/1000"


class FakeClient:
    def __init__(self, *, is_mine: bool) -> None:
        self.key = KEY
        self.state = stage_state(is_mine=is_mine)
        self.now_ms = NOW
        self.live_rooms = LiveRooms(
            KEY, self.state, cast(Rest, None), lambda changes: None, lambda request: None, lambda: self.now_ms
        )


class Site:
    def __init__(self, *, is_mine: bool = False) -> None:
        self.client = FakeClient(is_mine=is_mine)
        self.desk = FakeDesk()
        self.said: list[str] = []
        self.called: list[str] = []
        self.herald = RoomHerald(self.desk, {KEY: cast(Client, self.client)}, self.said.append, self._call)

    def _call(self, client: Client, sentence: str, *, comes_from_outside: bool) -> None:
        assert not comes_from_outside  # nobody is asked into a room here
        self.called.append(sentence)

    def happen(self, *events: msgspec.Struct) -> None:
        for event in events:
            changes = reducer.reduce(self.client.state, event, self.client.now_ms)
            self.client.live_rooms.take_changes(changes)
            self.herald.take(cast(Client, self.client), changes)

    def enter(self) -> None:
        self.desk.show(
            VoiceView(stage=Stage.CONNECTED, account_key=KEY, guild_id=GUILD, channel_id=STAGE, title="weekly")
        )

    def new(self) -> list[str]:
        said, self.said[:] = list(self.said), []
        return said


@pytest.fixture
def listening() -> Site:
    site = Site()
    site.happen(room_created(listeners=40), seat(OTHER, suppress=False), seat(ME))
    site.enter()
    return site


def test_who_comes_in_hears_what_the_room_is_about(listening: Site) -> None:
    assert listening.new() == ["The room is about “News”: 1 speaks, 40 listen."]
    assert listening.herald.is_stage(listening.desk.view)


def test_what_is_learned_of_a_room_later_is_no_news() -> None:
    site = Site()
    site.happen(stage_created(), seat(OTHER, suppress=False), seat(ME))
    site.enter()
    site.new()
    site.happen(room_created(openness=Openness.INVITED, hands=Hands.OFF))
    assert not [each for each in site.new() if "now" in each]


def test_what_changes_is_said(listening: Site) -> None:
    listening.new()
    listening.happen(
        room_created(topic="Other news", listeners=40, link="https://example.org", openness=Openness.PUBLIC)
    )
    assert listening.new() == [
        "The room is about “Other news” now.",
        "Pinned: https://example.org",
        "The room is open to everybody now.",
    ]
    listening.happen(
        room_created(topic="Other news", link="https://example.org", openness=Openness.PUBLIC, hands=Hands.OFF)
    )
    assert listening.new() == ["From now on hands are off."]


def test_who_takes_the_stage_and_leaves_it_is_said_and_listeners_are_not(listening: Site) -> None:
    listening.new()
    listening.happen(seat(7, suppress=False))
    assert listening.new() == ["user7 speaks now."]
    listening.happen(msgspec.structs.replace(seat(7, suppress=False), self_mute=True))
    assert listening.new() == ["user7 is muted."]
    listening.happen(seat(7))
    assert listening.new() == ["user7 left the stage."]
    listening.happen(seat(8, asked=ASKED))
    assert listening.new() == []  # hands are for hosts
    listening.happen(seat(ME, suppress=False))
    assert listening.new() == ["You are on the stage now."]
    listening.happen(seat(ME))
    assert listening.new() == ["You listen now."]


def test_hosts_hear_of_hands() -> None:
    site = Site(is_mine=True)
    site.happen(room_created(), seat(ME, suppress=False))
    site.enter()
    site.new()
    site.happen(seat(8, asked=ASKED))
    assert site.new() == ["user8 raises a hand: /room invite asks up who raised one first."]
    site.happen(seat(8))
    assert site.new() == ["user8 has no hand up any more."]
    site.happen(seat(8, asked=ASKED), seat(8, suppress=False, asked=ASKED))
    site.new()
    site.happen(seat(8))
    assert site.new() == ["user8 does not take the stage."]


def test_applause_is_told_once(listening: Site) -> None:
    listening.new()
    clap = VoiceChannelEffectSend(
        channel_id=Snowflake(STAGE),
        guild_id=Snowflake(GUILD),
        user_id=Snowflake(OTHER),
        emoji=Emoji(id=None, name="👏"),
    )
    listening.happen(clap, clap)
    assert listening.new() == [f"user{OTHER} reacts: 👏"]
    listening.client.now_ms += REACTIONS_EVERY_MS
    listening.happen(clap)
    assert listening.new() == [f"user{OTHER} reacts: 👏"]


def test_a_room_that_ends_and_begins_around_one_is_said(listening: Site) -> None:
    listening.new()
    gone = LiveRoomDelete(id=room().id, guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE))
    listening.happen(gone)
    assert listening.new() == ["The room “News” in #weekly has ended."]
    listening.happen(room_created())
    assert "The room “News” is live in #weekly." in listening.new()


def test_what_one_is_called_for_is_told_apart(listening: Site) -> None:
    listening.happen(seat(ME, suppress=False, asked=ASKED))
    (sentence,) = listening.called
    assert "/room accept" in sentence
    told = RoomCalled(guild_id=GUILD, channel_id=STAGE, call=RoomCall.PUT_OUT)
    listening.herald.take(cast(Client, listening.client), [told])
    assert len(listening.called) == 1  # the call says why it ended


def test_who_is_in_no_room_hears_nothing() -> None:
    site = Site()
    site.happen(room_created(), seat(OTHER, suppress=False), seat(7, suppress=False))
    fields = {name: getattr(room(), name) for name in ("id", "guild_id", "channel_id", "topic")}
    site.happen(StageDelete(**fields))
    assert site.new() == []
    assert not site.herald.is_stage(site.desk.view)
    site.herald.close()
