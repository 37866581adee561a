"""Applications and bots: owners, tokens, intents, and joining guilds."""

import base64

import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import applications, guilds, members
from tuichat.server.actions.applications import CreateApplicationRequest, EditApplicationRequest
from tuichat.server.actions.context import Actor

UNKNOWN_APPLICATION, NO_ACCESS, NO_PERMISSION, INVALID = 10002, 50001, 50013, 50035


async def make(town: Town, name: str = "Dice Bot") -> tuple[Actor, str]:
    made = await applications.create_application(town.ctx, town.bob, CreateApplicationRequest(name=name))
    token = (await applications.create_bot(town.ctx, town.bob, made.id)).token
    actor = await town.ctx.accounts.authenticate(token)
    assert actor is not None
    return actor, token


async def test_a_bots_token_says_who_it_is(town: Town) -> None:
    bot, token = await make(town)
    assert base64.b64decode(token.split(".")[0] + "==") == str(bot.user_id).encode()
    assert bot.is_bot
    assert bot.application_flags & (1 << 15)
    assert bot.application_flags & (1 << 19)
    assert (await town.ctx.accounts.authenticate_header(f"Bot {token}")) == bot
    assert await town.ctx.accounts.authenticate_header(token) is None  # bare tokens are people's
    shown = await applications.get_my_application(town.ctx, bot)
    assert (shown.id, shown.name, shown.approximate_user_install_count) == (bot.user_id, "Dice Bot", 0)
    assert b'"bot":{' in codec.encode(shown)
    with refused(20002):
        await applications.get_my_application(town.ctx, town.ada)


async def test_a_new_token_replaces_the_old(town: Town) -> None:
    bot, token = await make(town)
    renewed = (await applications.create_bot(town.ctx, town.bob, bot.user_id)).token
    assert await town.ctx.accounts.authenticate(token) is None
    assert await town.ctx.accounts.authenticate(renewed) is not None


async def test_an_application_is_its_owners(town: Town) -> None:
    bot, _ = await make(town)
    for actor in (town.ada, town.eve):
        with refused(UNKNOWN_APPLICATION, 404):
            await applications.create_bot(town.ctx, actor, bot.user_id)
        with refused(UNKNOWN_APPLICATION, 404):
            await applications.edit_application(town.ctx, actor, bot.user_id, EditApplicationRequest(name="Mine"))
        assert await applications.list_applications(town.ctx, actor) == []
    assert [found.id for found in await applications.list_applications(town.ctx, town.bob)] == [bot.user_id]
    with refused(20001):
        await applications.create_application(town.ctx, bot, CreateApplicationRequest(name="child"))


async def test_the_owner_takes_intents_away(town: Town) -> None:
    bot, token = await make(town)
    await applications.edit_application(town.ctx, town.bob, bot.user_id, EditApplicationRequest(flags=1 << 19 | 1 << 3))
    again = await town.ctx.accounts.authenticate(token)
    assert again is not None
    assert again.application_flags == 1 << 19  # other bits are not for owners to set


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_add_a_bot(town: Town, who: str, expected: int | None) -> None:
    bot, _ = await make(town)
    add = applications.authorize_bot(town.ctx, town.people[who], bot.user_id, town.guild_id)
    assert await outcome(add) == expected
    assert town.state.has_member(bot.user_id) == (expected is None)


async def test_a_bot_comes_with_a_role_of_its_own_and_takes_it_along(town: Town) -> None:
    bot, _ = await make(town)
    mod = town.people["mod"]
    with refused(NO_PERMISSION):
        await applications.authorize_bot(town.ctx, mod, bot.user_id, town.guild_id, int(Permissions.BAN_MEMBERS))
    await applications.authorize_bot(town.ctx, mod, bot.user_id, town.guild_id, int(Permissions.MANAGE_MESSAGES))
    assert [event.name for event in town.published] == [
        "GUILD_ROLE_CREATE", "GUILD_MEMBER_ADD", "GUILD_CREATE", "MESSAGE_CREATE", "GUILD_AUDIT_LOG_ENTRY_CREATE",
    ]  # fmt: skip
    (role_id,) = town.state.members[bot.user_id].role_ids
    assert (town.state.roles[role_id].name, town.state.roles[role_id].is_managed) == ("Dice Bot", True)
    assert b"Dice Bot" in town.published[2].body
    assert town.state.permissions(bot.user_id, town.clock.ms) & Permissions.MANAGE_MESSAGES
    await applications.authorize_bot(town.ctx, mod, bot.user_id, town.guild_id)  # it is there already
    await members.kick_member(town.ctx, town.ada, town.guild_id, bot.user_id)
    assert role_id not in town.state.roles
    assert role_id not in {role.id for role in (await town.ctx.store.load()).roles}


async def test_a_private_bot_is_added_by_its_owner_alone(town: Town) -> None:
    bot, _ = await make(town)
    await applications.edit_application(town.ctx, town.bob, bot.user_id, EditApplicationRequest(bot_public=False))
    with refused(UNKNOWN_APPLICATION):
        await applications.authorize_bot(town.ctx, town.ada, bot.user_id, town.guild_id)
    with refused(UNKNOWN_APPLICATION):
        await applications.authorize_bot(town.ctx, town.ada, 5, town.guild_id)


async def test_names_of_applications(town: Town) -> None:
    bots = [(await make(town))[0] for _ in range(2)]
    usernames = [town.ctx.users.wire(bot.user_id).username for bot in bots]
    assert usernames == ["dice_bot", "dice_bot2"]
    for name in ("x", "x" * 33, "", "\u200b\u200b\u200b"):
        with refused(INVALID):
            await applications.create_application(town.ctx, town.bob, CreateApplicationRequest(name=name))


async def test_a_bot_leaves_like_anybody(town: Town) -> None:
    bot, _ = await make(town)
    await applications.authorize_bot(town.ctx, town.ada, bot.user_id, town.guild_id)
    await guilds.leave_guild(town.ctx, bot, town.guild_id)
    assert not town.state.has_member(bot.user_id)
