"""Invites: who may make and revoke them, how they run out, and what a newcomer sees."""

import asyncio

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.dispatch.guild import GuildCreate, InviteCreate, InviteDelete
from tuichat.protocol.dispatch.member import MemberAdd
from tuichat.protocol.dispatch.message import MessageCreate
from tuichat.protocol.dispatch.user import PresenceUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.server.actions import channels, guilds, invites, members, overwrites, presence, roles, temporary_members
from tuichat.server.actions.context import Actor

UNKNOWN_INVITE, NO_ACCESS, NO_PERMISSION, INVALID, MAX_INVITES = 10006, 50001, 50013, 50035, 30016


async def invite(town: Town, **fields: object) -> str:
    request = msgspec.convert({"unique": True, **fields}, CreateInviteRequest)
    return (await invites.create_invite(town.ctx, town.ada, town.general, request)).code


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", None), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_invite(town: Town, who: str, expected: int | None) -> None:
    made = await outcome(invites.create_invite(town.ctx, town.people[who], town.general, CreateInviteRequest()))
    assert (made if isinstance(made, int) else None) == expected
    if not isinstance(made, int):
        assert (made.uses, made.max_uses, made.max_age, made.channel.id) == (0, 0, 86_400, town.general)


async def test_without_the_permission_nobody_invites(town: Town) -> None:
    deny = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.CREATE_INSTANT_INVITE)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, deny)
    with refused(NO_PERMISSION):
        await invites.create_invite(town.ctx, town.bob, town.general, CreateInviteRequest())


async def test_a_newcomer_sees_the_guild_before_anything_of_it(town: Town) -> None:
    code = await invite(town)
    town.published.clear()
    joined = await invites.accept_invite(town.ctx, town.eve, code)
    assert joined.guild.id == town.guild_id
    added, created, welcome = town.published
    member = codec.decode(added.body, MemberAdd)
    assert (added.name, member.user.username, member.guild_id, added.user_ids) == (
        "GUILD_MEMBER_ADD", "eve", town.guild_id, None,
    )  # fmt: skip
    guild = codec.decode(created.body, GuildCreate)
    assert created.user_ids == frozenset({town.eve.user_id})
    assert guild.member_count == len(guild.members) == 5
    assert "eve" in [member.user.username for member in guild.members]
    assert "general" in [channel.name for channel in guild.channels]
    message = codec.decode(welcome.body, MessageCreate)
    assert (message.type, message.author.username, message.channel_id) == (7, "eve", town.general)


async def test_a_newcomer_who_is_connected_is_seen_as_such(town: Town) -> None:
    presence.session_opened(town.ctx, town.eve, "s", status="dnd")
    code = await invite(town)
    town.published.clear()
    await invites.accept_invite(town.ctx, town.eve, code)
    names = [event.name for event in town.published]
    assert names == ["GUILD_MEMBER_ADD", "GUILD_CREATE", "PRESENCE_UPDATE", "MESSAGE_CREATE"]
    assert codec.decode(town.published[1].body, GuildCreate).presences[0].status == "dnd"
    assert codec.decode(town.published[2].body, PresenceUpdate).status == "dnd"


async def test_a_member_who_comes_again_uses_nothing_up(town: Town) -> None:
    code = await invite(town, max_uses=1)
    town.published.clear()
    again = await invites.accept_invite(town.ctx, town.bob, code)
    assert (again.new_member, again.guild_id) == (False, town.guild_id)
    assert town.published == []
    assert (await invites.accept_invite(town.ctx, town.eve, code)).new_member is True


async def test_uses_run_out_even_when_many_come_at_once(town: Town) -> None:
    people = [await town.add_person(f"p{number}") for number in range(4)]
    code = await invite(town, max_uses=2)
    results = await asyncio.gather(*(outcome(invites.accept_invite(town.ctx, person, code)) for person in people))
    assert [result for result in results if isinstance(result, int)] == [UNKNOWN_INVITE] * 2
    assert sum(town.state.has_member(person.user_id) for person in people) == 2
    with refused(UNKNOWN_INVITE, 404):
        await invites.get_invite(town.ctx, None, code)


async def test_invites_expire(town: Town) -> None:
    code, forever = await invite(town, max_age=60), await invite(town, max_age=0)
    town.clock.ms += 59_999
    shown = await invites.get_invite(town.ctx, None, code, with_counts=True)
    assert (shown.approximate_member_count, shown.uses) == (4, msgspec.UNSET)
    town.clock.ms += 1
    for action in (
        invites.get_invite(town.ctx, None, code),
        invites.accept_invite(town.ctx, town.eve, code),
        invites.delete_invite(town.ctx, town.ada, code),
    ):
        with refused(UNKNOWN_INVITE, 404):
            await action
    assert [found.code for found in await invites.list_guild_invites(town.ctx, town.ada, town.guild_id)] == [forever]


@pytest.mark.parametrize("code", ["", "none", "x" * 5000, "../../etc", "é", "\0", "%"])
async def test_unknown_codes(town: Town, code: str) -> None:
    with refused(UNKNOWN_INVITE, 404):
        await invites.get_invite(town.ctx, None, code)


@pytest.mark.parametrize(
    "fields", [{"max_age": -1}, {"max_age": 604_801}, {"max_uses": -1}, {"max_uses": 101}, {"target_type": 1}]
)
async def test_limits_of_an_invite(town: Town, fields: dict[str, object]) -> None:
    with refused(INVALID, 400):
        await invite(town, **fields)


async def test_an_alike_invite_is_answered_again_unless_a_unique_one_is_asked_for(town: Town) -> None:
    first = await invites.create_invite(town.ctx, town.bob, town.general, CreateInviteRequest())
    again = await invites.create_invite(town.ctx, town.bob, town.general, CreateInviteRequest())
    other = await invites.create_invite(town.ctx, town.bob, town.general, CreateInviteRequest(max_uses=1))
    unique = await invites.create_invite(town.ctx, town.bob, town.general, CreateInviteRequest(unique=True))
    assert first.code == again.code
    assert len({first.code, other.code, unique.code}) == 3


async def test_a_thousand_invites_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invites, "MAX_INVITES", 2)
    await invite(town, max_age=1)
    await invite(town)
    with refused(MAX_INVITES):
        await invite(town)
    town.clock.ms += 1000  # one is gone by itself
    await invite(town)
    assert len(await town.ctx.store.read_invites(town.guild_id)) == 2


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_list_and_revoke(town: Town, who: str, expected: int | None) -> None:
    code = await invite(town)
    actor = town.people[who]
    for listing in (
        invites.list_guild_invites(town.ctx, actor, town.guild_id),
        invites.list_channel_invites(town.ctx, actor, town.general),
    ):
        listed = await outcome(listing)
        assert (listed if isinstance(listed, int) else None) == expected
    revoked = await outcome(invites.delete_invite(town.ctx, actor, code))
    assert (revoked if isinstance(revoked, int) else None) == expected


async def test_codes_are_told_to_those_who_could_list_them(town: Town) -> None:
    code = await invite(town)
    await invites.delete_invite(town.ctx, town.ada, code)
    created, deleted = town.told("INVITE_CREATE")[0], town.told("INVITE_DELETE")[0]
    for told in (created, deleted):
        assert (told.channel_id, told.needs) == (town.general, Permissions.MANAGE_CHANNELS)
    assert codec.decode(created.body, InviteCreate).code == codec.decode(deleted.body, InviteDelete).code == code


async def test_bots_do_not_accept_invites(town: Town) -> None:
    with refused(20001):
        await invites.accept_invite(town.ctx, Actor(town.eve.user_id, is_bot=True), await invite(town))


async def test_an_invite_goes_with_its_channel_and_guild(town: Town) -> None:
    code = await invite(town)
    await channels.delete_channel(town.ctx, town.ada, town.general)
    with refused(UNKNOWN_INVITE):
        await invites.accept_invite(town.ctx, town.eve, code)
    assert await town.ctx.store.read_invite(code) is None


async def test_who_was_kicked_may_come_again_with_an_invite(town: Town) -> None:
    await members.kick_member(town.ctx, town.ada, town.guild_id, town.bob.user_id)
    await invites.accept_invite(town.ctx, town.bob, await invite(town))
    assert town.state.members[town.bob.user_id].role_ids == ()
    await guilds.leave_guild(town.ctx, town.bob, town.guild_id)


async def test_a_list_names_no_channel_that_its_reader_may_not_see(town: Town) -> None:
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    code = await invite(town)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, hide)
    assert await invites.list_guild_invites(town.ctx, town.people["mod"], town.guild_id) == []
    assert [found.code for found in await invites.list_guild_invites(town.ctx, town.ada, town.guild_id)] == [code]


async def test_a_temporary_member_goes_when_it_disconnects(town: Town) -> None:
    code = await invite(town, temporary=True)
    (entry,) = await town.ctx.store.read_invites(town.guild_id)
    assert entry.is_temporary
    presence.session_opened(town.ctx, town.eve, "s")
    await invites.accept_invite(town.ctx, town.eve, code)
    await temporary_members.remove(town.ctx, town.eve.user_id)
    await temporary_members.remove_all(town.ctx)
    assert town.state.has_member(town.eve.user_id)
    presence.session_closed(town.ctx, town.eve, "s")
    town.published.clear()
    await temporary_members.remove(town.ctx, town.eve.user_id)
    assert not town.state.has_member(town.eve.user_id)
    assert [told.name for told in town.published] == ["GUILD_DELETE", "GUILD_MEMBER_REMOVE"]
    assert town.state.has_member(town.bob.user_id)


async def test_a_role_makes_a_temporary_member_stay(town: Town) -> None:
    code = await invite(town, temporary=True)
    people = [await town.add_person(f"p{number}") for number in range(2)]
    for person in people:
        await invites.accept_invite(town.ctx, person, code)
    await roles.add_member_role(town.ctx, town.ada, town.guild_id, people[0].user_id, town.mod_role)
    await roles.remove_member_role(town.ctx, town.ada, town.guild_id, people[0].user_id, town.mod_role)
    await temporary_members.remove_all(town.ctx)
    assert [town.state.has_member(person.user_id) for person in people] == [True, False]
