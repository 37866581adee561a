"""Coming into a live room: who is asked to come, and how strangers join one that is public."""

import pytest

from tests.server.actions.conftest import Town, outcome
from tests.server.actions.room_people import Room
from tests.server.actions.test_voice_states import deny
from tuichat.protocol import codec
from tuichat.protocol.ban import BanRequest
from tuichat.protocol.live_room import MAX_INVITED, LiveRoomInvited
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.relationship import PutRelationshipRequest, RelationshipType
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import (
    bans,
    guild_editing,
    joining,
    relationships,
    room_guests,
    room_people,
    temporary_members,
)
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.ready import LARGE_THRESHOLD
from tuichat.server.actions.voice_objects import AUDIENCE_EVENT
from tuichat.server.store.rows import MemberRow, UserRow

NO_PERMISSION, UNKNOWN_MEMBER, UNKNOWN_USER, NO_ACCESS, GENERAL, BANNED, BOTS = (
    50013,
    10007,
    10013,
    50001,
    0,
    40007,
    20001,
)


@pytest.fixture
async def room(town: Town) -> Room:
    return Room(town)


async def invite(room: Room, by: str, name: str) -> object:
    return await outcome(room_guests.invite(room.town.ctx, room.actor(by), room.id, room.user_id(name)))


async def join(room: Room, name: str) -> object:
    return await outcome(room_guests.join(room.town.ctx, room.actor(name), room.id))


def told(room: Room) -> list[tuple[Snowflake, LiveRoomInvited]]:
    """Whom it was told that it is asked, and what."""
    events = room.town.told("TUICHAT_LIVE_ROOM_INVITED")
    room.town.published.clear()
    return [
        (Snowflake(user_id), codec.decode(event.body, LiveRoomInvited))
        for event in events
        for user_id in event.user_ids or ()
    ]


async def test_who_a_host_invites_is_told_and_let_in(room: Room) -> None:
    await room.open(openness="invited")
    assert await invite(room, "bob", "mod") is None
    ((user_id, asked),) = told(room)
    assert (user_id, asked.inviter.id) == (room.user_id("mod"), room.user_id("bob"))
    assert (asked.room.channel_id, asked.guild_name) == (room.id, "Town")
    room.sit("mod")
    assert room.seat("mod") is not None
    assert await outcome(room_guests.withdraw(room.town.ctx, room.town.bob, room.id, room.user_id("mod"))) is None
    room.sit("mod")  # stays
    room.voice.ask("mod", None)
    with pytest.raises(ActionError):
        room.sit("mod")


async def test_who_is_invited_as_a_room_starts_is_told(room: Room) -> None:
    await room.open(openness="invited", invited_ids=[room.user_id("mod")])
    assert [user_id for user_id, _ in told(room)] == [room.user_id("mod")]


async def test_nobody_is_told_of_a_room_that_it_does_not_see_or_by_whom_it_blocked(room: Room) -> None:
    await room.open()
    block = PutRelationshipRequest(type=RelationshipType.BLOCKED)
    await relationships.put_relationship(room.town.ctx, room.actor("mod"), room.user_id("bob"), block)
    assert await invite(room, "bob", "mod") is None
    assert told(room) == []
    await deny(room.town, room.id, Permissions.VIEW_CHANNEL)
    assert await invite(room, "ada", "mod") == NO_PERMISSION


async def test_others_in_the_room_ask_whom_it_lets_in(room: Room) -> None:
    await room.open()
    assert await invite(room, "mod", "hush") == NO_PERMISSION  # is not in it
    room.sit("mod")
    assert await invite(room, "mod", "hush") == NO_PERMISSION  # may not connect: it is timed out
    assert await invite(room, "mod", "ada") is None
    assert (len(told(room)), room.row.invited_ids) == (1, ())
    await room.edit(openness="invited")
    await room.town.join(await room.town.add_person("guest"))
    assert await invite(room, "mod", "guest") == NO_PERMISSION


async def test_whom_nobody_can_invite(room: Room) -> None:
    await room.open()
    assert await invite(room, "bob", "bob") == GENERAL
    assert await invite(room, "bob", "eve") == UNKNOWN_MEMBER
    await room_people.block(room.town.ctx, room.town.bob, room.id, room.user_id("mod"))
    with pytest.raises(ActionError, match="blocked"):
        await room_guests.invite(room.town.ctx, room.town.bob, room.id, room.user_id("mod"))
    await room.edit(openness="public")
    assert await invite(room, "bob", "eve") == UNKNOWN_USER  # they do not know each other


async def test_a_friend_from_elsewhere_is_asked_into_a_public_room(room: Room) -> None:
    await room.open(openness="public")
    ask = PutRelationshipRequest()
    await relationships.put_relationship(room.town.ctx, room.town.bob, room.user_id("eve"), ask)
    assert await invite(room, "bob", "eve") is None
    assert [user_id for user_id, _ in told(room)] == [room.user_id("eve")]


async def test_so_many_are_invited(room: Room) -> None:
    await room.open(invited_ids=[room.user_id("ada")] * MAX_INVITED)  # one
    assert room.row.invited_ids == (room.user_id("ada"),)


async def test_a_stranger_joins_a_public_room_as_a_temporary_member_without_a_message(room: Room) -> None:
    await room.open(openness="public")
    room.town.published.clear()
    answer = await room_guests.join(room.town.ctx, room.town.eve, room.id)
    assert answer.channel_id == room.id
    assert room.town.state.members[room.user_id("eve")].is_temporary
    assert (len(room.town.told("GUILD_MEMBER_ADD")), room.town.told("MESSAGE_CREATE")) == (1, [])
    room.sit("eve")
    assert room.seat("eve") is not None
    await room_guests.join(room.town.ctx, room.town.eve, room.id)
    assert len(room.town.told("GUILD_MEMBER_ADD")) == 1
    await temporary_members.remove(room.town.ctx, room.user_id("eve"))
    assert not room.town.state.has_member(room.user_id("eve"))


@pytest.mark.parametrize(("is_large", "gets_role"), [(False, False), (True, False), (True, True)])
async def test_guests_of_a_large_guild_are_told_of_to_those_alone_who_want_more_than_numbers(
    room: Room, is_large: bool, gets_role: bool
) -> None:
    await room.open(openness="public")
    for number in range(LARGE_THRESHOLD if is_large else 0):
        row = UserRow(id=room.town.ctx.next_id(), username=f"fan{number}", name_key=f"fan{number}")
        room.town.ctx.users.put(row)
        member = MemberRow(guild_id=Snowflake(room.town.guild_id), user_id=row.id, joined_ms=0)
        room.town.ctx.guilds.put_member(room.town.state, member)
    await room_guests.join(room.town.ctx, room.town.eve, room.id)
    if gets_role:
        await room.town.give_role("eve", Permissions.VIEW_CHANNEL)
    async with room.town.state.lock:
        await joining.write(room.town.ctx, joining.leave(room.town.ctx, room.town.state, room.user_id("eve")))
    (added,), (gone,) = room.town.told("GUILD_MEMBER_ADD"), room.town.told("GUILD_MEMBER_REMOVE")
    assert added.replaced_by == (AUDIENCE_EVENT if is_large else None)
    assert gone.replaced_by == (AUDIENCE_EVENT if is_large and not gets_role else None)


async def test_who_does_not_join_a_room(room: Room) -> None:
    await room.open()
    assert await join(room, "eve") == NO_ACCESS
    assert await join(room, "mod") is not None
    await room.edit(openness="public")
    await room.town.add_bot("bot")
    assert await join(room, "bot") == BOTS
    await room_people.block(room.town.ctx, room.town.bob, room.id, room.user_id("eve"))
    assert await join(room, "eve") == NO_PERMISSION
    await room_people.unblock(room.town.ctx, room.town.bob, room.id, room.user_id("eve"))
    await bans.ban_user(room.town.ctx, room.town.ada, room.town.guild_id, room.user_id("eve"), BanRequest())
    assert await join(room, "eve") == BANNED


async def test_a_guild_that_lets_nobody_in_for_now_has_no_strangers_in_its_rooms(room: Room) -> None:
    await room.open(openness="public")
    request = EditGuildRequest(features=["INVITES_DISABLED"])
    await guild_editing.edit_guild(room.town.ctx, room.town.ada, room.town.guild_id, request)
    assert await join(room, "eve") == NO_ACCESS
