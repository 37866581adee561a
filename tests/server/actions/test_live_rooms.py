"""Live rooms: what they are about, who may come in, who may raise a hand, and how all hear of it."""

import contextlib
from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.actions.test_scheduled_events import new_stage
from tests.server.actions.test_voice_states import deny
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol import codec
from tuichat.protocol.live_room import (
    EditLiveRoomRequest,
    Hands,
    LiveRoom,
    LiveRoomDelete,
    Openness,
    StartLiveRoomRequest,
)
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import RoleRequest
from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import follows, live_rooms, roles, room_people, stages, voice_moderation
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.stage_hosts import MODERATING

UP = EditVoiceStateRequest(suppress=False)
NO_PERMISSION, NO_ACCESS, INVALID, UNKNOWN_STAGE, UNKNOWN_ROLE, UNKNOWN_MEMBER = (
    50013,
    50001,
    50035,
    10067,
    10011,
    10007,
)


async def start(town: Town, channel_id: Snowflake, who: str = "ada", **fields: Any) -> LiveRoom:
    request = StartLiveRoomRequest(channel_id=channel_id, topic="Bees", **fields)
    return await live_rooms.start_room(town.ctx, town.people[who], request)


async def edit(town: Town, channel_id: Snowflake, who: str = "ada", **fields: Any) -> LiveRoom:
    return await live_rooms.edit_room(town.ctx, town.people[who], channel_id, EditLiveRoomRequest(**fields))


def rooms_told(town: Town, what: str) -> list[LiveRoom]:
    return [codec.decode(event.body, LiveRoom) for event in town.told(f"TUICHAT_LIVE_ROOM_{what}")]


def asked(town: Town) -> EditVoiceStateRequest:
    return EditVoiceStateRequest(request_to_speak_timestamp=format_timestamp(town.clock.ms))


async def raise_hand(town: Town, name: str) -> object:
    return await outcome(voice_moderation.edit_own_state(town.ctx, town.people[name], town.guild_id, asked(town)))


def tried(voice: VoiceTown, name: str, channel_id: int) -> bool:
    """Whether somebody comes into a channel when it asks to."""
    with contextlib.suppress(ActionError):
        voice.ask(name, channel_id)
    place = voice.place(name)
    return place is not None and place.channel_id == channel_id


async def test_a_room_starts_with_all_that_it_has_and_everybody_who_sees_it_is_told(town: Town) -> None:
    channel_id = await new_stage(town)
    room = await start(
        town,
        channel_id,
        description=" Of hives. ",
        language="pt-BR",
        tags=["#Bees", "bees", "Honey  jars"],
        link="https://bees.example/1",
        hands="off",
    )
    assert (room.topic, room.description, room.language) == ("Bees", "Of hives.", "pt-BR")
    assert (room.tags, room.link, room.hands) == (["bees", "honey jars"], "https://bees.example/1", Hands.OFF)
    assert (room.openness, room.starter_id, room.host_ids) == (Openness.GUILD, town.ada.user_id, [town.ada.user_id])
    assert room.started_ms == town.clock.ms
    assert rooms_told(town, "CREATE") == [room]
    (told,) = town.told("TUICHAT_LIVE_ROOM_CREATE")
    assert (told.guild_id, told.channel_id, told.user_ids) == (town.guild_id, channel_id, None)
    assert await live_rooms.get_room(town.ctx, town.bob, channel_id) == room
    assert (await stages.get_stage(town.ctx, town.bob, channel_id)).id == room.id


async def test_a_stage_of_discords_route_is_a_room_that_is_open_to_its_guild(town: Town) -> None:
    channel_id = await new_stage(town)
    stage = await stages.open_stage(town.ctx, town.ada, CreateStageRequest(channel_id=channel_id, topic="Bees"))
    (room,) = rooms_told(town, "CREATE")
    assert (room.id, room.openness, room.hands, room.description) == (stage.id, Openness.GUILD, Hands.ALL, "")
    await stages.edit_stage(town.ctx, town.ada, channel_id, EditStageRequest(topic="Wasps"))
    assert [told.topic for told in rooms_told(town, "UPDATE")] == ["Wasps"]
    await stages.close_stage(town.ctx, town.ada, channel_id)
    (gone,) = town.told("TUICHAT_LIVE_ROOM_DELETE")
    assert codec.decode(gone.body, LiveRoomDelete).id == stage.id


async def test_only_what_discords_stage_shows_is_told_as_discords(town: Town) -> None:
    channel_id = await new_stage(town)
    await start(town, channel_id)
    room = await edit(town, channel_id, description="Of hives", tags=["hives"])
    assert (room.topic, room.description, room.tags) == ("Bees", "Of hives", ["hives"])
    assert (len(town.told("STAGE_INSTANCE_UPDATE")), len(rooms_told(town, "UPDATE"))) == (0, 1)
    same = await edit(town, channel_id, description="Of hives")
    assert (same, len(rooms_told(town, "UPDATE"))) == (room, 1)
    emptied = await edit(town, channel_id, description=None, tags=None, topic="Wasps")
    assert (emptied.topic, emptied.description, emptied.tags) == ("Wasps", "", [])
    assert len(town.told("STAGE_INSTANCE_UPDATE")) == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"description": "x" * 1001}, INVALID),
        ({"language": "not a language"}, INVALID),
        ({"language": "e" * 36}, INVALID),
        ({"tags": ["x"] * 6}, INVALID),
        ({"tags": ["x" * 31]}, INVALID),
        ({"tags": [" # "]}, INVALID),
        ({"tags": ["a, b"]}, INVALID),
        ({"link": "javascript:alert(1)"}, INVALID),
        ({"link": "https://"}, INVALID),
        ({"link": "http://[bees"}, INVALID),
        ({"link": "https://bees.example/" + "x" * 512}, INVALID),
        ({"hands": "some"}, INVALID),
        ({"openness": "everybody"}, INVALID),
        ({"openness": "role"}, INVALID),
        ({"openness": "role", "role_id": Snowflake(4711)}, UNKNOWN_ROLE),
        ({"invited_ids": [Snowflake(4711)]}, UNKNOWN_MEMBER),
        ({"invited_ids": [Snowflake(number) for number in range(201)]}, INVALID),
    ],
    ids=str,
)
async def test_what_no_room_has(town: Town, fields: dict[str, Any], expected: int) -> None:
    channel_id = await new_stage(town)
    assert await outcome(start(town, channel_id, **fields)) == expected
    assert town.state.stages == {}


async def test_a_room_of_a_role_lets_in_who_has_it_and_its_hosts(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    role = await roles.create_role(town.ctx, town.ada, town.guild_id, RoleRequest(name="club"))
    await start(town, channel_id, openness="role", role_id=role.id)
    assert [tried(voice, name, channel_id) for name in ("ada", "bob")] == [True, False]
    await roles.add_member_role(town.ctx, town.ada, town.guild_id, town.bob.user_id, role.id)
    assert tried(voice, "bob", channel_id)


async def test_a_room_of_invited_people_lets_in_those(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    await start(town, channel_id, openness="invited", invited_ids=[town.bob.user_id])
    assert [tried(voice, name, channel_id) for name in ("ada", "bob", "mod")] == [True, True, False]


async def test_who_is_in_a_room_may_stay_whoever_it_is_open_to_now(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    await start(town, channel_id)
    voice.ask("bob", channel_id)
    await edit(town, channel_id, openness="invited")
    voice.ask("bob", channel_id, "another session of bob")
    voice.ask("bob", None)
    assert not tried(voice, "bob", channel_id)


async def test_who_may_open_a_room_to_the_public(town: Town) -> None:
    channel_id = await new_stage(town)
    await town.give_role("mod", MODERATING)
    await deny(town, channel_id, Permissions.CREATE_INSTANT_INVITE)
    assert await outcome(start(town, channel_id, "mod", openness="public")) == NO_PERMISSION
    await start(town, channel_id, "mod")
    assert await outcome(edit(town, channel_id, "mod", openness="public")) == NO_PERMISSION
    room = await edit(town, channel_id, openness="public")
    assert await live_rooms.get_room(town.ctx, town.eve, channel_id) == room
    await edit(town, channel_id, openness="guild")
    with refused(NO_ACCESS):
        await live_rooms.get_room(town.ctx, town.eve, channel_id)


async def test_a_channel_that_not_everyone_sees_holds_no_public_room(town: Town) -> None:
    channel_id = await new_stage(town)
    await deny(town, channel_id, Permissions.VIEW_CHANNEL)
    assert await outcome(start(town, channel_id, openness="public")) == INVALID


async def test_a_public_room_whose_channel_was_hidden_is_no_strangers_any_more(town: Town) -> None:
    channel_id = await new_stage(town)
    await start(town, channel_id, openness="public")
    await deny(town, channel_id, Permissions.VIEW_CHANNEL)
    with refused(NO_ACCESS):
        await live_rooms.get_room(town.ctx, town.eve, channel_id)


async def test_hands_that_are_turned_off_are_lowered_and_no_other_is_raised_but_a_hosts(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    await start(town, channel_id)
    for name in ("ada", "bob", "mod"):
        voice.ask(name, channel_id)
    assert await raise_hand(town, "bob") is None
    await voice_moderation.edit_state(town.ctx, town.ada, town.guild_id, town.people["mod"].user_id, UP)
    await edit(town, channel_id, hands="off")
    seats = {name: town.ctx.voice_seats.get(town.guild_id, town.people[name].user_id) for name in ("bob", "mod")}
    bob, mod = (seats[name] for name in ("bob", "mod"))
    assert bob is not None
    assert mod is not None
    assert (bob.asked_ms, mod.asked_ms is not None) == (None, True)  # an invitation stays
    assert [await raise_hand(town, name) for name in ("bob", "ada")] == [NO_PERMISSION, None]
    await edit(town, channel_id, hands="all")
    assert await raise_hand(town, "bob") is None


async def test_hands_of_followed_people_are_those_whom_a_host_follows(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    await start(town, channel_id)
    for name in ("ada", "bob", "mod"):
        voice.ask(name, channel_id)
        await raise_hand(town, name)
    await follows.follow_user(town.ctx, town.ada, town.bob.user_id)
    await follows.follow_user(town.ctx, town.bob, town.people["mod"].user_id)
    await edit(town, channel_id, hands="followed")
    up = {seat.user_id for seat in town.ctx.voice_seats.in_channel(town.guild_id, channel_id) if seat.asked_ms}
    assert up == {town.ada.user_id, town.bob.user_id}
    assert [await raise_hand(town, name) for name in ("ada", "bob", "mod")] == [None, None, NO_PERMISSION]


async def test_with_a_room_its_speakers_and_hands_end(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    await start(town, channel_id)
    for name in ("ada", "bob", "mod"):
        voice.ask(name, channel_id)
    await voice_moderation.edit_state(town.ctx, town.ada, town.guild_id, town.bob.user_id, UP)
    await voice_moderation.edit_own_state(town.ctx, town.bob, town.guild_id, UP)
    await raise_hand(town, "mod")
    room = await live_rooms.get_room(town.ctx, town.ada, channel_id)
    assert (room.speakers, room.listeners) == (2, 1)
    await stages.close_stage(town.ctx, town.ada, channel_id)
    await start(town, channel_id)
    for name in ("bob", "mod"):
        place = voice.place(name)
        assert place is not None
        assert not place.may_speak
    shown = {seat.user_id: seat.told for seat in town.ctx.voice_seats.in_channel(town.guild_id, channel_id)}
    for name in ("bob", "mod"):
        told = shown[town.people[name].user_id]
        assert told is not None
        assert (told.suppress, told.request_to_speak_timestamp) == (True, None)


async def test_who_starts_a_room_from_within_its_channel_speaks_at_once(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await new_stage(town)
    for name in ("ada", "bob"):
        voice.ask(name, channel_id)
    await start(town, channel_id)
    assert [(place := voice.place(name)) is not None and place.may_speak for name in ("ada", "bob")] == [True, False]


async def test_who_may_start_and_change_a_room(town: Town) -> None:
    channel_id = await new_stage(town)
    assert await outcome(start(town, channel_id, "bob")) == NO_PERMISSION
    assert await outcome(start(town, channel_id, "eve")) == NO_ACCESS
    with refused(UNKNOWN_STAGE):
        await live_rooms.get_room(town.ctx, town.bob, channel_id)
    assert await outcome(edit(town, channel_id, topic="x")) == UNKNOWN_STAGE
    await start(town, channel_id)
    assert await outcome(edit(town, channel_id, "bob", topic="x")) == NO_PERMISSION
    assert await outcome(edit(town, channel_id, "eve", topic="x")) == NO_ACCESS


async def test_a_room_is_the_same_after_a_restart(town: Town) -> None:
    channel_id = await new_stage(town)
    room = await start(town, channel_id, openness="invited", invited_ids=[town.bob.user_id], tags=["a"], hands="off")
    (kept,) = (await town.ctx.store.load()).stages
    assert kept == town.state.stages[channel_id]
    assert (kept.openness, kept.invited_ids, kept.tags) == (Openness.INVITED, (town.bob.user_id,), ("a",))
    assert msgspec.structs.asdict(room)["host_ids"] == list(kept.host_ids)


def _listens(voice: VoiceTown, name: str) -> bool:
    seat = voice.ctx.voice_seats.get(voice.town.guild_id, voice.town.people[name].user_id)
    assert seat is not None
    assert seat.told is not None
    return seat.told.suppress


async def test_who_started_a_room_speaks_as_soon_as_it_comes_in_and_nobody_else_does(town: Town) -> None:
    channel_id = await new_stage(town)
    voice = VoiceTown(town)
    await start(town, channel_id)
    for name in ("ada", "bob"):
        voice.ask(name, channel_id)
    assert not _listens(voice, "ada")
    assert _listens(voice, "bob")
    await room_people.unmake_host(town.ctx, town.people["ada"], channel_id, town.people["ada"].user_id)
    voice.ask("ada", None)
    voice.ask("ada", channel_id)
    assert _listens(voice, "ada"), "it stepped down"
