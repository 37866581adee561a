"""Following people, clubs and topics."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, open_direct, refused
from tuichat.protocol import codec
from tuichat.protocol.follow import MAX_FOLLOWED, MAX_TOPICS, ChooseTopicsRequest, Follows
from tuichat.protocol.profile import DeleteAccountRequest
from tuichat.protocol.relationship import PutRelationshipRequest, RelationshipType
from tuichat.protocol.rest.guild import CreateGuildRequest
from tuichat.server.actions import account_deletion, follow_cache, follows, guilds, relationships
from tuichat.server.actions.context import Actor, Context, open_context
from tuichat.server.store.social_rows import FollowedUserRow

GENERAL, UNKNOWN_USER, UNKNOWN_GUILD, MISSING_ACCESS, INVALID = 0, 10013, 10004, 50001, 50035


def followed(ctx: Context, actor: Actor) -> list[str]:
    shown = follows.list_follows(ctx, actor)
    return [*(user.username for user in shown.users), *(guild.name for guild in shown.guilds), *shown.topics]


async def follow(town: Town, name: str, other: str) -> None:
    await follows.follow_user(town.ctx, town.people[name], town.people[other].user_id)


async def choose(town: Town, *topics: str) -> list[str]:
    return (await follows.choose_topics(town.ctx, town.ada, ChooseTopicsRequest(topics=list(topics)))).topics


async def test_people_clubs_and_topics_are_followed_until_they_are_not(town: Town) -> None:
    await follow(town, "ada", "mod")
    await follow(town, "ada", "bob")
    await follow(town, "ada", "bob")
    await follows.follow_guild(town.ctx, town.ada, town.guild_id)
    assert await choose(town, "  #Bees ", "honey", "HONEY") == ["bees", "honey"]
    assert followed(town.ctx, town.ada) == ["mod", "bob", "Town", "bees", "honey"]
    assert town.ctx.follows.follows(town.ada.user_id, town.bob.user_id)
    assert not town.ctx.follows.follows(town.bob.user_id, town.ada.user_id)
    assert town.ctx.follows.followers(town.bob.user_id) == [town.ada.user_id]
    for _ in range(2):
        await follows.unfollow_user(town.ctx, town.ada, town.bob.user_id)
        await follows.unfollow_guild(town.ctx, town.ada, town.guild_id)
    assert await choose(town) == []
    assert followed(town.ctx, town.ada) == ["mod"]
    assert town.ctx.follows.guild_followers(town.guild_id) == []


async def test_follows_come_back_at_the_next_start(town: Town) -> None:
    await follow(town, "ada", "mod")
    town.clock.ms += 1
    await follow(town, "ada", "bob")
    await follows.follow_guild(town.ctx, town.ada, town.guild_id)
    await choose(town, "bees")
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files)
    assert followed(again, town.ada) == ["mod", "bob", "Town", "bees"]


async def test_only_ones_own_sessions_are_told_and_only_of_changes(town: Town) -> None:
    town.ctx.presences.set(town.ada.user_id, "a-session", "online", [])
    await follow(town, "ada", "bob")
    await follow(town, "ada", "bob")
    (told,) = town.told("TUICHAT_FOLLOWS_UPDATE")
    assert told.user_ids == frozenset({int(town.ada.user_id)})
    assert [user.username for user in codec.decode(told.body, Follows).users] == ["bob"]


async def test_one_follows_whom_one_sees(town: Town) -> None:
    with refused(UNKNOWN_USER, 404):
        await follow(town, "ada", "eve")
    with refused(UNKNOWN_USER):
        await follows.follow_user(town.ctx, town.ada, 4711)
    with refused(GENERAL, 400):
        await follow(town, "ada", "ada")
    await open_direct(town, "ada", "bob")
    bot = await town.add_bot()
    await follow(town, "ada", "helper")
    await follows.follow_user(town.ctx, bot, town.ada.user_id)  # a bot that hosts rooms takes hands of whom it follows
    assert followed(town.ctx, bot) == ["ada"]


async def test_one_follows_clubs_that_one_finds(town: Town) -> None:
    with refused(UNKNOWN_GUILD, 404):
        await follows.follow_guild(town.ctx, town.eve, town.guild_id)
    with refused(UNKNOWN_GUILD):
        await follows.follow_guild(town.ctx, town.ada, 4711)
    settings = msgspec.structs.replace(town.state.row.settings, features=("DISCOVERABLE",))
    town.state.row = msgspec.structs.replace(town.state.row, settings=settings)
    await follows.follow_guild(town.ctx, town.eve, town.guild_id)
    assert followed(town.ctx, town.eve) == ["Town"]


async def test_a_block_ends_follows_either_way_and_keeps_new_ones_off(town: Town) -> None:
    await follow(town, "ada", "bob")
    await follow(town, "bob", "ada")
    block = PutRelationshipRequest(type=RelationshipType.BLOCKED)
    await relationships.put_relationship(town.ctx, town.bob, town.ada.user_id, block)
    assert (followed(town.ctx, town.ada), followed(town.ctx, town.bob)) == ([], [])
    with refused(MISSING_ACCESS, 403):
        await follow(town, "ada", "bob")
    with refused(GENERAL, 400) as refusal:
        await follow(town, "bob", "ada")
    assert "unblock" in refusal.value.message
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files)
    assert followed(again, town.ada) == []


async def test_what_is_gone_is_followed_no_more(town: Town) -> None:
    made = await guilds.create_guild(town.ctx, town.bob, CreateGuildRequest(name="Doomed"))
    await follows.follow_guild(town.ctx, town.bob, made.id)
    await guilds.delete_guild(town.ctx, town.bob, made.id)
    assert followed(town.ctx, town.bob) == []
    await follow(town, "ada", "bob")
    await follow(town, "bob", "ada")
    await account_deletion.delete_account(town.ctx, town.bob, DeleteAccountRequest(password="correct horse battery"))
    assert followed(town.ctx, town.ada) == []
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files)
    for name in ("ada", "bob"):
        assert followed(again, town.people[name]) == []


@pytest.mark.parametrize(
    ("topics", "words"),
    [
        ([str(number) for number in range(MAX_TOPICS + 1)], str(MAX_TOPICS)),
        (["x" * 31], "1 and 30"),
        (["#"], "1 to 30"),
    ],
)
async def test_topics_over_a_limit_are_refused_with_the_limit(town: Town, topics: list[str], words: str) -> None:
    with refused(INVALID) as refusal:
        await choose(town, *topics)
    assert words in refusal.value.encode().decode()


async def test_follows_over_the_limit_are_refused_with_the_limit(town: Town) -> None:
    for number in range(MAX_FOLLOWED):
        row = FollowedUserRow(user_id=town.ada.user_id, followed_id=town.ctx.next_id(), since_ms=number)
        town.ctx.follows.put_user(row)
    with refused(GENERAL, 400) as refusal:
        await follow(town, "ada", "bob")
    assert str(MAX_FOLLOWED) in refusal.value.message


def test_a_cache_holds_nothing_of_what_was_taken_away() -> None:
    cache = follow_cache.FollowCache()
    cache.remove_user(1, 2)
    cache.remove_guild(1, 2)
    assert cache.forget_account(1) == []
    assert (cache.users(1), cache.guilds(1), cache.topics(1), cache.followers(2)) == ([], [], (), [])
