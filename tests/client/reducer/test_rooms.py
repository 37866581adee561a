"""What is live in a guild follows from READY, stages and live rooms."""

import pytest

from tests.client.builders import GUILD, ME, OTHER, ready, user
from tests.client.stages import (
    ASKED,
    NOW,
    STAGE,
    STAGE_ID,
    room,
    room_created,
    seat,
    stage,
    stage_created,
    stage_guild,
    stage_state,
)
from tuichat.client import room_composer
from tuichat.client.change import (
    Change,
    RoomCall,
    RoomCalled,
    RoomReacted,
    RoomsChanged,
    SoundPlayed,
    VoiceStateChanged,
    VoiceStatesChanged,
)
from tuichat.client.reducer import reducer
from tuichat.client.reducer.rooms import MAX_FLOWN, MAX_INVITATIONS
from tuichat.client.state import State
from tuichat.protocol.dispatch.channel import ChannelDelete
from tuichat.protocol.dispatch.voice import StageDelete, StageUpdate, VoiceStateUpdate
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.live_room import HostMuted, LiveRoomAudience, LiveRoomDelete, LiveRoomInvited, LiveRoomUpdate
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import VoiceChannelEffectSend

CHANGED = RoomsChanged(GUILD, STAGE)


def called(call: RoomCall, name: str = "", topic: str = "News") -> RoomCalled:
    return RoomCalled(
        guild_id=GUILD,
        channel_id=STAGE,
        call=call,
        topic=topic,
        name=name,
        guild_name=f"guild {GUILD}",
        channel_name="weekly",
    )


def effect(**fields: object) -> VoiceChannelEffectSend:
    known = {"channel_id": Snowflake(STAGE), "guild_id": Snowflake(GUILD), "user_id": Snowflake(OTHER)}
    return VoiceChannelEffectSend(**(known | fields))  # type: ignore[arg-type]  # fields of any type


def invited(channel_id: int = STAGE) -> LiveRoomInvited:
    told = room(channel_id=Snowflake(channel_id))
    return LiveRoomInvited(room=told, guild_name="Club", channel_name="weekly", inviter=user(OTHER, "bob"))


def test_ready_tells_what_is_live_and_replaces_what_was_known() -> None:
    state = stage_state(stage("Old"))
    known = state.room(STAGE)
    assert known is not None
    assert not known.is_whole
    assert (known.room.topic, known.room.started_ms) == ("Old", Snowflake(STAGE_ID).timestamp_ms)
    reducer.reduce(state, ready(stage_guild(stage("New", 901))), NOW)
    assert state.room(STAGE) is not known
    assert state.guilds[GUILD].rooms[STAGE].room.topic == "New"
    reducer.reduce(state, ready(stage_guild()), NOW)
    assert state.room(STAGE) is None


def test_a_stage_of_any_server_begins_changes_and_ends() -> None:
    state = stage_state(has_extension=False)
    assert reducer.reduce(state, stage_created(), NOW) == [CHANGED]
    assert reducer.reduce(state, stage_created(), NOW) == []
    fields = {name: getattr(stage("Other"), name) for name in stage().__struct_fields__}
    assert reducer.reduce(state, StageUpdate(**fields), NOW) == [CHANGED]
    assert state.guilds[GUILD].rooms[STAGE].room.topic == "Other"
    assert reducer.reduce(state, StageDelete(**fields), NOW) == [CHANGED]
    assert state.room(STAGE) is None
    assert reducer.reduce(state, StageDelete(**fields), NOW) == []
    assert reducer.reduce(state, StageUpdate(**fields), NOW) == []


def test_our_extension_tells_the_rest_and_a_stages_change_keeps_it() -> None:
    state = stage_state()
    reducer.reduce(state, stage_created(), NOW)
    assert reducer.reduce(state, room_created(description="All that is new", tags=["news"]), NOW) == [CHANGED]
    known = state.room(STAGE)
    assert known is not None
    assert known.is_whole
    fields = {name: getattr(stage("Other"), name) for name in stage().__struct_fields__}
    reducer.reduce(state, StageUpdate(**fields), NOW)
    assert (known.room.topic, known.room.description) == ("Other", "All that is new")
    changed = {name: getattr(room(topic="Third"), name) for name in room().__struct_fields__}
    assert reducer.reduce(state, LiveRoomUpdate(**changed), NOW) == [CHANGED]
    assert (known.room.topic, known.room.description) == ("Third", "")


def test_a_room_that_ended_before_another_began_there_ends_nothing() -> None:
    state = stage_state(stage("New", 901))
    gone = LiveRoomDelete(id=Snowflake(STAGE_ID), guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE))
    assert reducer.reduce(state, gone, NOW) == []
    assert state.room(STAGE) is not None


def test_a_channel_takes_its_room_along() -> None:
    state = stage_state(stage())
    gone = ChannelDelete(id=Snowflake(STAGE), type=13, guild_id=Snowflake(GUILD))
    reducer.reduce(state, gone, NOW)
    assert state.guilds[GUILD].rooms == {}


def test_who_sits_in_it_hears_that_it_begins_and_ends() -> None:
    state = stage_state()
    reducer.reduce(state, seat(ME), NOW)
    assert reducer.reduce(state, stage_created(), NOW) == [CHANGED, called(RoomCall.BEGAN)]
    assert reducer.reduce(state, room_created(), NOW) == [CHANGED]  # one beginning, told once
    gone = LiveRoomDelete(id=Snowflake(STAGE_ID), guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE))
    assert reducer.reduce(state, gone, NOW) == [CHANGED, called(RoomCall.ENDED)]


def test_the_audience_is_counted_and_who_was_loaded_is_out_of_date() -> None:
    state = stage_state(stage())
    known = state.guilds[GUILD].rooms[STAGE]
    told = LiveRoomAudience(guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), speakers=2, listeners=5000)
    assert reducer.reduce(state, told, NOW) == [CHANGED]
    assert (known.room.listeners, known.is_audience_old) == (5000, False)
    assert reducer.reduce(state, told, NOW) == []
    known.audience_ids = [OTHER]
    fewer = LiveRoomAudience(guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), speakers=-1, listeners=-1)
    reducer.reduce(state, fewer, NOW)
    assert (known.room.speakers, known.room.listeners, known.is_audience_old) == (0, 0, True)


def test_who_waits_in_a_stage_channel_is_counted_while_nothing_is_live() -> None:
    state = stage_state()
    told = LiveRoomAudience(guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), speakers=0, listeners=3)
    assert reducer.reduce(state, told, NOW) == [CHANGED]
    assert reducer.reduce(state, told, NOW) == []
    assert state.guilds[GUILD].stage_people == {STAGE: 3}
    assert room_composer.compose(state, "home/1", STAGE, ()).listeners == 3
    elsewhere = LiveRoomAudience(guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE + 1), speakers=0, listeners=3)
    assert reducer.reduce(state, elsewhere, NOW) == []
    reducer.reduce(state, ChannelDelete(id=Snowflake(STAGE), type=13, guild_id=Snowflake(GUILD)), NOW)
    assert state.guilds[GUILD].stage_people == {}


def test_who_only_listens_is_not_kept_where_nobody_tells_of_its_leaving() -> None:
    state = stage_state(stage())
    for event in (seat(OTHER, suppress=False), seat(ME), seat(7), seat(8, asked=ASKED)):
        reducer.reduce(state, event, NOW)
    assert set(state.guilds[GUILD].voice_states) == {OTHER, ME, 8}
    reducer.reduce(state, seat(OTHER), NOW)  # moved down
    assert set(state.guilds[GUILD].voice_states) == {ME, 8}
    assert 7 in state.guilds[GUILD].members


def test_other_servers_tell_of_everybody() -> None:
    state = stage_state(stage(), has_extension=False)
    reducer.reduce(state, seat(7), NOW)
    assert set(state.guilds[GUILD].voice_states) == {7}


def test_an_emoji_flies_and_a_sound_is_heard() -> None:
    state = stage_state(stage())
    known = state.guilds[GUILD].rooms[STAGE]
    clap = Emoji(id=None, name="👏")
    assert reducer.reduce(state, effect(emoji=clap), NOW) == [RoomReacted(GUILD, STAGE)]
    custom = Emoji(id=Snowflake(5), name="blob")
    assert reducer.reduce(state, effect(emoji=custom, sound_id=Snowflake(3)), NOW + 1) == [
        SoundPlayed(STAGE, OTHER, 3, 1.0),
        RoomReacted(GUILD, STAGE),
    ]
    assert [(each.emoji, each.since_ms) for each in known.flown] == [("👏", NOW), (":blob:", NOW + 1)]
    for _ in range(2 * MAX_FLOWN):
        reducer.reduce(state, effect(emoji=clap), NOW)
    assert len(known.flown) == MAX_FLOWN
    assert reducer.reduce(state, effect(emoji=Emoji(id=None, name=None)), NOW) == []


def test_an_invitation_into_a_room_is_kept_the_newest_of_each_room() -> None:
    state = stage_state()
    (changed, told) = reducer.reduce(state, invited(), NOW)
    assert changed == CHANGED
    assert told == RoomCalled(
        guild_id=GUILD,
        channel_id=STAGE,
        call=RoomCall.INVITED,
        topic="News",
        name="bob",
        guild_name="Club",
        channel_name="weekly",
    )
    for channel_id in range(1000, 1000 + 2 * MAX_INVITATIONS):
        reducer.reduce(state, invited(channel_id), NOW)
    assert len(state.room_invitations) == MAX_INVITATIONS
    assert STAGE not in state.room_invitations


def test_an_invitation_goes_with_its_room_and_as_one_comes_in() -> None:
    state = stage_state(stage())
    reducer.reduce(state, invited(), NOW)
    reducer.reduce(state, LiveRoomDelete(id=room().id, guild_id=Snowflake(5), channel_id=Snowflake(STAGE)), NOW)
    assert state.room_invitations == {}
    reducer.reduce(state, invited(), NOW)
    reducer.reduce(state, seat(ME), NOW)
    assert state.room_invitations == {}


def test_who_is_blocked_asks_one_into_no_room() -> None:
    state = stage_state()
    state.unheard_ids = {OTHER}
    assert reducer.reduce(state, invited(), NOW) == []
    assert state.room_invitations == {}


def test_a_server_that_exaggerates_is_not_believed() -> None:
    state = stage_state()
    many = [Snowflake(each) for each in range(1, 9_000)]
    told = room_created(topic="x" * 9_000, tags=["y" * 500] * 90, host_ids=many, link="ftp://example.org", listeners=-4)
    reducer.reduce(state, told, NOW)
    known = state.guilds[GUILD].rooms[STAGE].room
    assert (len(known.topic), len(known.tags), len(known.host_ids), known.link, known.listeners) == (
        240,
        5,
        40,
        None,
        0,
    )


def test_an_invitation_to_speak_is_told_once() -> None:
    state = stage_state(stage())
    asked_up = seat(ME, suppress=False, asked=ASKED)
    changed = VoiceStatesChanged(GUILD)

    def shown(told: VoiceStateUpdate) -> list[Change]:
        return [each for each in reducer.reduce(state, told, NOW) if not isinstance(each, VoiceStateChanged)]

    assert shown(seat(ME)) == [changed]
    assert shown(asked_up) == [changed, called(RoomCall.ASKED_UP)]
    assert shown(asked_up) == [changed]
    assert shown(seat(ME, suppress=False)) == [changed]
    assert shown(seat(OTHER, suppress=False, asked=ASKED)) == [changed]


@pytest.mark.parametrize(
    ("user_id", "is_inside", "is_told"), [(ME, True, True), (OTHER, True, False), (ME, False, False)]
)
def test_a_hosts_mute_is_told_to_whom_it_silences(user_id: int, is_inside: bool, is_told: bool) -> None:
    state = stage_state(stage())
    if is_inside:
        reducer.reduce(state, seat(ME, suppress=False), NOW)
    told = HostMuted(
        guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), user_id=Snowflake(user_id), by_id=Snowflake(OTHER)
    )
    name = f"user{OTHER}"
    assert reducer.reduce(state, told, NOW) == ([called(RoomCall.MUTED, name)] if is_told else [])


def test_rooms_of_guilds_that_are_not_known_change_nothing() -> None:
    state = State()
    assert reducer.reduce(state, stage_created(), NOW) == []
    assert reducer.reduce(state, room_created(), NOW) == []
    told = LiveRoomAudience(guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), speakers=2, listeners=3)
    assert reducer.reduce(state, told, NOW) == []
