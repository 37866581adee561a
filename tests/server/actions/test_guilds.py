"""Guilds: who may do what, and what members are told."""

import asyncio

import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.dispatch.guild import GuildCreate, GuildDelete, GuildUpdate
from tuichat.protocol.dispatch.member import MemberRemove
from tuichat.protocol.permissions import ALL, DEFAULT_EVERYONE
from tuichat.protocol.rest.guild import CreateGuildRequest, EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import guild_editing, guilds, joining
from tuichat.server.actions.context import Actor

UNKNOWN_GUILD, NO_ACCESS, NO_PERMISSION, INVALID, MAX_GUILDS = 10004, 50001, 50013, 50035, 30001


async def test_a_new_guild_has_channels_and_is_told_to_its_owner_alone(town: Town) -> None:
    made = await guilds.create_guild(town.ctx, town.eve, CreateGuildRequest(name="  Eve's \u202e place "))
    assert made.name == "Eve's place"
    (event,) = town.told("GUILD_CREATE")
    assert event.user_ids == frozenset({town.eve.user_id})
    told = codec.decode(event.body, GuildCreate)
    assert [(channel.name, channel.type) for channel in told.channels if channel.type != 4] == [
        ("general", 0),
        ("General", 2),
    ]
    assert (told.owner_id, told.member_count, told.unavailable) == (town.eve.user_id, 1, False)
    assert [role.id for role in told.roles] == [told.id]
    assert told.roles[0].permissions == DEFAULT_EVERYONE
    assert told.system_channel_id == told.channels[1].id


@pytest.mark.parametrize("name", ["", "x", " x ", "\u200b\u200b\u200b", "x" * 101])
async def test_guild_names_have_2_to_100_visible_characters(town: Town, name: str) -> None:
    with refused(INVALID, 400):
        await guilds.create_guild(town.ctx, town.ada, CreateGuildRequest(name=name))


async def test_bots_make_no_guilds(town: Town) -> None:
    with refused(20001):
        await guilds.create_guild(town.ctx, Actor(town.bob.user_id, is_bot=True), CreateGuildRequest(name="xx"))


async def test_a_hundred_guilds_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MAX_GUILDS", 2)
    await guilds.create_guild(town.ctx, town.ada, CreateGuildRequest(name="second"))
    with refused(MAX_GUILDS, 400) as caught:
        await guilds.create_guild(town.ctx, town.ada, CreateGuildRequest(name="third"))
    assert b"(2)" in caught.value.encode()


@pytest.mark.parametrize(("who", "expected"), [("ada", None), ("bob", None), ("eve", NO_ACCESS)])
async def test_who_may_see_a_guild(town: Town, who: str, expected: int | None) -> None:
    result = await outcome(guilds.get_guild(town.ctx, town.people[who], town.guild_id, with_counts=True))
    assert (result if isinstance(result, int) else None) == expected
    with refused(UNKNOWN_GUILD, 404):
        await guilds.get_guild(town.ctx, town.people[who], 5)


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_rename_a_guild(town: Town, who: str, expected: int | None) -> None:
    result = await outcome(
        guild_editing.edit_guild(town.ctx, town.people[who], town.guild_id, EditGuildRequest(name="New"))
    )
    assert (result if isinstance(result, int) else None) == expected
    names = [codec.decode(event.body, GuildUpdate).name for event in town.told("GUILD_UPDATE")]
    assert names == ([] if expected else ["New"])
    assert (await town.guild()).name == ("Town" if expected else "New")


@pytest.mark.parametrize(("who", "expected"), [("mod", NO_PERMISSION), ("bob", NO_PERMISSION), ("eve", NO_ACCESS)])
async def test_only_the_owner_deletes_a_guild(town: Town, who: str, expected: int) -> None:
    assert await outcome(guilds.delete_guild(town.ctx, town.people[who], town.guild_id)) == expected


async def test_a_deleted_guild_is_gone_for_everybody(town: Town) -> None:
    members = frozenset(town.state.members)
    general = town.general
    await guilds.delete_guild(town.ctx, town.ada, town.guild_id)
    (event,) = town.told("GUILD_DELETE")
    assert event.user_ids == members
    assert codec.decode(event.body, GuildDelete).id == town.guild_id
    with refused(UNKNOWN_GUILD):
        await guilds.get_guild(town.ctx, town.ada, town.guild_id)
    assert town.ctx.guilds.of_channel(general) is None
    assert town.ctx.guilds.of_user(town.bob.user_id) == []
    assert (await town.ctx.store.load()).guilds == []


async def test_two_deletions_at_once_are_one(town: Town) -> None:
    results = await asyncio.gather(*(outcome(guilds.delete_guild(town.ctx, town.ada, town.guild_id)) for _ in range(3)))
    assert sorted(results, key=str) == [UNKNOWN_GUILD, UNKNOWN_GUILD, None]


async def test_leaving_is_told_to_both_sides(town: Town) -> None:
    await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
    gone, removed = town.published
    assert (gone.name, gone.user_ids) == ("GUILD_DELETE", frozenset({town.bob.user_id}))
    assert codec.decode(removed.body, MemberRemove).user.username == "bob"
    assert removed.user_ids is None
    with refused(NO_ACCESS):
        await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
    with refused(50055):
        await guilds.leave_guild(town.ctx, town.ada, town.guild_id)


async def test_my_guilds_come_by_age_with_my_permissions(town: Town) -> None:
    second = await guilds.create_guild(town.ctx, town.bob, CreateGuildRequest(name="second"))
    mine = await guilds.list_my_guilds(town.ctx, town.bob)
    assert [(guild.name, guild.owner) for guild in mine] == [("Town", False), ("second", True)]
    assert [guild.permissions for guild in mine] == [DEFAULT_EVERYONE, ALL]
    assert [g.id for g in await guilds.list_my_guilds(town.ctx, town.bob, limit=1)] == [town.guild_id]
    assert [g.id for g in await guilds.list_my_guilds(town.ctx, town.bob, after=town.guild_id)] == [second.id]
    assert [g.id for g in await guilds.list_my_guilds(town.ctx, town.bob, before=second.id)] == [town.guild_id]
    for limit in (0, 201):
        with refused(INVALID):
            await guilds.list_my_guilds(town.ctx, town.bob, limit=limit)


async def test_counts_tell_who_is_here(town: Town) -> None:
    plain = await guilds.get_guild(town.ctx, town.ada, town.guild_id)
    assert b"approximate" not in codec.encode(plain)
    counted = await guilds.get_guild(town.ctx, town.ada, town.guild_id, with_counts=True)
    assert (counted.approximate_member_count, counted.approximate_presence_count) == (4, 0)
    assert isinstance(counted.id, Snowflake)
