"""What hosts do with the people of a live room: make hosts, block, mute and put out."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome
from tests.server.actions.room_people import Room
from tests.server.actions.test_voice_states import deny
from tuichat.protocol import codec
from tuichat.protocol.live_room import MAX_BLOCKED, MAX_HOSTS, HostMuted, LiveRoom
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, members, roles, room_audience, room_people, stages
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.stage_hosts import MODERATING
from tuichat.server.actions.voice_rooms import Removal
from tuichat.server.actions.voice_upkeep import VoiceWatch

NO_PERMISSION, NOT_IN_VOICE, UNKNOWN_MEMBER, UNKNOWN_USER, GENERAL = 50013, 40032, 10007, 10013, 0
Deed = Callable[[Context, Actor, int, Snowflake], Awaitable[None]]


@pytest.fixture
async def room(town: Town) -> Room:
    room = Room(town)
    await room.open()
    return room


async def do(room: Room, deed: Deed, by: str, name: str) -> object:
    return await outcome(deed(room.town.ctx, room.actor(by), room.id, room.user_id(name)))


def updates(room: Room) -> list[LiveRoom]:
    return [codec.decode(event.body, LiveRoom) for event in room.town.told("TUICHAT_LIVE_ROOM_UPDATE")]


async def test_a_host_makes_another_who_does_what_hosts_do(room: Room) -> None:
    room.sit("bob", "mod")
    assert await do(room, room_people.make_host, "mod", "mod") == NO_PERMISSION
    assert await do(room, room_people.make_host, "bob", "mod") is None
    assert updates(room)[-1].host_ids == [room.user_id("bob"), room.user_id("mod")]
    assert (await room.edit("mod", topic="Wasps")).topic == "Wasps"
    await room.promote("mod", by="mod")
    assert room.is_heard("mod")
    assert await do(room, room_people.unmake_host, "bob", "mod") is None
    assert await outcome(room.edit("mod", topic="x")) == NO_PERMISSION
    assert (await room.town.ctx.store.load()).stages == [room.row]


async def test_who_cannot_be_made_a_host(room: Room) -> None:
    assert await do(room, room_people.make_host, "bob", "eve") == UNKNOWN_MEMBER
    await deny(room.town, room.id, Permissions.VIEW_CHANNEL)
    assert await do(room, room_people.make_host, "ada", "mod") == UNKNOWN_MEMBER


async def test_a_room_has_so_many_hosts(room: Room) -> None:
    for number in range(MAX_HOSTS - 1):
        await room.town.join(await room.town.add_person(f"host{number}"))
        assert await do(room, room_people.make_host, "bob", f"host{number}") is None
    with pytest.raises(ActionError, match=str(MAX_HOSTS)):
        await room_people.make_host(room.town.ctx, room.town.bob, room.id, room.user_id("mod"))
    assert await do(room, room_people.make_host, "bob", "host0") is None  # is one already


async def test_nobody_unmakes_who_started_it_or_moderates_the_stage(room: Room) -> None:
    await do(room, room_people.make_host, "bob", "mod")
    assert await do(room, room_people.unmake_host, "mod", "bob") == NO_PERMISSION
    assert await do(room, room_people.unmake_host, "ada", "bob") == NO_PERMISSION
    assert await do(room, room_people.unmake_host, "bob", "ada") == NO_PERMISSION
    assert await do(room, room_people.unmake_host, "bob", "bob") is None  # steps down
    assert await outcome(room.edit("bob", topic="x")) == NO_PERMISSION
    assert (room.row.starter_id, room.row.host_ids) == (room.user_id("bob"), (room.user_id("mod"),))


async def test_who_is_blocked_is_put_out_and_comes_in_no_more_until_the_room_ends(room: Room) -> None:
    room.sit("bob", "mod")
    assert await do(room, room_people.block, "bob", "mod") is None
    assert room.seat("mod") is None
    assert room.voice.rooms.removed == [(room.town.guild_id, room.user_id("mod"), Removal.DISCONNECTED)]
    with pytest.raises(ActionError, match="blocked you"):
        room.sit("mod")
    await stages.close_stage(room.town.ctx, room.town.bob, room.id)
    room.sit("mod")
    assert room.seat("mod") is not None


async def test_who_is_unblocked_or_made_a_host_comes_in_again(room: Room) -> None:
    for again in (room_people.unblock, room_people.make_host):
        await do(room, room_people.block, "bob", "mod")
        assert await do(room, again, "bob", "mod") is None
        room.sit("mod")
        assert room.seat("mod") is not None
    assert room.row.blocked_ids == ()


async def test_a_blocked_person_is_no_host_and_no_guest_any_more(room: Room) -> None:
    await do(room, room_people.make_host, "bob", "mod")
    assert await do(room, room_people.block, "ada", "mod") is None
    assert (room.row.host_ids, room.row.blocked_ids) == ((room.user_id("bob"),), (room.user_id("mod"),))


async def test_who_cannot_be_blocked(room: Room) -> None:
    assert await do(room, room_people.block, "bob", "bob") == GENERAL
    assert await do(room, room_people.block, "bob", "ada") == NO_PERMISSION
    nobody = room_people.block(room.town.ctx, room.town.bob, room.id, Snowflake(4711))
    assert await outcome(nobody) == UNKNOWN_USER
    assert await do(room, room_people.block, "bob", "eve") is None  # a stranger, who may come into a public room
    many = room.row.blocked_ids + tuple(Snowflake(number) for number in range(MAX_BLOCKED - 1))
    await stages.change(
        room.town.ctx, room.town.bob, room.id, lambda _s, _c, row: msgspec.structs.replace(row, blocked_ids=many)
    )
    assert await do(room, room_people.block, "bob", "mod") == GENERAL


async def test_hosts_leave_each_other_alone_and_moderators_do_not(room: Room) -> None:
    room.sit("bob", "mod")
    await do(room, room_people.make_host, "bob", "mod")
    await room.promote("mod")
    for deed in (room_people.mute, room_people.block, room_people.put_out):
        assert await do(room, deed, "bob", "mod") == NO_PERMISSION
    assert await outcome(room.move_down("bob", "mod")) == NO_PERMISSION
    assert room.is_heard("mod")
    await room.move_down("ada", "mod")
    assert not room.is_heard("mod")
    for deed in (room_people.mute, room_people.put_out, room_people.block):
        room.sit("mod")
        assert await do(room, deed, "ada", "mod") is None
    assert room.seat("mod") is None


async def test_whom_a_host_muted_nobody_hears_until_it_unmutes_itself(room: Room) -> None:
    room.sit("bob", "mod")
    await room.promote("mod")
    assert await do(room, room_people.mute, "bob", "mod") is None
    seat = room.seat("mod")
    assert seat is not None
    assert seat.told is not None
    assert (seat.told.self_mute, seat.told.mute, seat.told.suppress, room.is_heard("mod")) == (
        True,
        False,
        False,
        False,
    )
    (told,) = room.town.told("TUICHAT_LIVE_ROOM_MUTED")
    assert told.user_ids == frozenset({int(room.user_id("mod"))})
    muted = codec.decode(told.body, HostMuted)
    assert (muted.user_id, muted.by_id) == (room.user_id("mod"), room.user_id("bob"))
    keeping = room_people.get_keeping(room.town.ctx, room.town.bob, room.id)
    assert keeping.muted_ids == [room.user_id("mod")]
    await do(room, room_people.mute, "bob", "mod")
    assert len(room.town.told("TUICHAT_LIVE_ROOM_MUTED")) == 1
    room.sit("mod", mute=True)
    assert not room.is_heard("mod")
    room.sit("mod")
    assert room.is_heard("mod")
    assert room_people.get_keeping(room.town.ctx, room.town.bob, room.id).muted_ids == []


async def test_a_hosts_mute_ends_with_the_room_and_with_a_move(room: Room) -> None:
    for end in ("room", "move"):
        room.sit("bob", "mod")
        await do(room, room_people.mute, "bob", "mod")
        if end == "room":
            await stages.close_stage(room.town.ctx, room.town.bob, room.id)
        else:
            room.voice.ask("mod", room.voice.lounge, mute=True)
        seat = room.town.ctx.voice_seats.get(room.town.guild_id, room.user_id("mod"))
        assert seat is not None
        assert not seat.is_muted_by_host
        await room.open()


async def test_who_is_put_out_may_come_back(room: Room) -> None:
    room.sit("bob", "mod")
    assert await do(room, room_people.put_out, "mod", "bob") == NO_PERMISSION
    assert await do(room, room_people.put_out, "bob", "mod") is None
    assert room.seat("mod") is None
    room.sit("mod")
    assert room.seat("mod") is not None


async def test_only_who_is_in_the_room_is_muted_or_put_out(room: Room) -> None:
    room.voice.ask("mod", room.voice.lounge)
    for deed in (room_people.mute, room_people.put_out):
        assert await do(room, deed, "bob", "mod") == NOT_IN_VOICE
        assert await do(room, deed, "bob", "hush") == NOT_IN_VOICE


async def test_hosts_see_whom_they_keep_out(room: Room) -> None:
    await do(room, room_people.block, "bob", "mod")
    keeping = room_people.get_keeping(room.town.ctx, room.town.ada, room.id)
    assert ([user.id for user in keeping.blocked], keeping.invited) == ([room.user_id("mod")], [])
    with pytest.raises(ActionError):
        room_people.get_keeping(room.town.ctx, room.actor("mod"), room.id)


async def test_the_audience_is_read_page_by_page_in_the_order_in_which_it_came(room: Room) -> None:
    await room.town.join(await room.town.add_person("guest"))
    room.voice.ask("mod", room.voice.lounge)
    for name in ("guest", "bob", "ada", "mod"):
        room.town.clock.ms += 1000
        room.sit(name)
    await room.promote("bob")
    pages = [
        room_audience.get_audience(room.town.ctx, room.town.bob, room.id, offset=offset, limit=2)
        for offset in (0, 2, 4)
    ]
    assert [page.count for page in pages] == [3, 3, 3]
    found = [person.member.user.id for page in pages for person in page.people if person.member.user]
    assert found == [room.user_id(name) for name in ("guest", "ada", "mod")]
    assert pages[1].people[0].joined_ms == room.town.clock.ms
    with pytest.raises(ActionError):
        room_audience.get_audience(room.town.ctx, room.town.eve, room.id, offset=0, limit=2)


async def test_moderators_of_the_stage_are_hosts_of_a_room_that_they_did_not_start(room: Room) -> None:
    await room.town.give_role("mod", MODERATING)
    assert await do(room, room_people.block, "mod", "bob") is None
    assert await do(room, room_people.unmake_host, "bob", "mod") == NO_PERMISSION


async def test_a_blocked_one_who_moderated_the_stage_leaves_once_it_does_no_more(room: Room) -> None:
    unsubscribe = room.town.ctx.bus.subscribe(VoiceWatch(room.town.ctx).follow)
    await do(room, room_people.block, "bob", "mod")
    role_id = await room.town.give_role("mod", MODERATING)
    room.sit("mod")
    assert room.seat("mod") is not None
    await roles.delete_role(room.town.ctx, room.town.ada, room.town.guild_id, role_id)
    await asyncio.sleep(0)  # it is looked at again in the loop's next turn
    assert room.seat("mod") is None
    unsubscribe()


async def test_a_host_no_more_has_no_hand_up_where_hands_are_off(room: Room) -> None:
    await room.edit(hands="off")
    await do(room, room_people.make_host, "bob", "mod")
    room.sit("bob", "mod")
    await room.raise_hand("mod")
    await do(room, room_people.unmake_host, "bob", "mod")
    seat = room.seat("mod")
    assert seat is not None
    assert seat.asked_ms is None


async def test_nobody_moves_a_blocked_one_into_the_room(room: Room) -> None:
    await do(room, room_people.block, "bob", "mod")
    room.voice.ask("mod", room.voice.lounge)
    moved = EditMemberRequest(channel_id=room.id)
    moving = members.edit_member(room.town.ctx, room.town.ada, room.town.guild_id, room.user_id("mod"), moved)
    assert await outcome(moving) == NO_PERMISSION
    assert room.seat("mod") is None


async def test_a_host_comes_into_a_room_that_is_full(room: Room) -> None:
    limit = EditChannelRequest(user_limit=1)
    await channels.edit_channel(room.town.ctx, room.town.ada, room.id, limit)
    room.sit("ada")
    with pytest.raises(ActionError, match="full"):
        room.sit("mod")
    room.sit("bob")
    assert room.seat("bob") is not None
