"""Bans: who bans whom, what goes with the banned, and that they stay away."""

import asyncio

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.ban import BanRequest, BulkBanRequest
from tuichat.protocol.dispatch.guild import BanAdd
from tuichat.protocol.dispatch.message import MessageDeleteBulk
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import applications, bans, invites, messages

UNKNOWN_USER, UNKNOWN_BAN, BANNED, NO_ACCESS, NO_PERMISSION, INVALID = 10013, 10026, 40007, 50001, 50013, 50035
FAILED = 500000
DAY_MS = 86_400_000


async def ban(town: Town, who: str, whom: str, **fields: int) -> int | None:
    request = msgspec.convert(fields, BanRequest)
    return await outcome(bans.ban_user(town.ctx, town.people[who], town.guild_id, town.people[whom].user_id, request))


@pytest.mark.parametrize(
    ("who", "whom", "expected"),
    [
        ("ada", "bob", None), ("ada", "mod", None), ("ada", "eve", None), ("ada", "ada", NO_PERMISSION),
        ("mod", "bob", None), ("mod", "eve", None), ("mod", "ada", NO_PERMISSION), ("mod", "mod", NO_PERMISSION),
        ("bob", "hush", NO_PERMISSION), ("bob", "eve", NO_PERMISSION), ("hush", "bob", NO_PERMISSION),
        ("eve", "bob", NO_ACCESS),
    ],
)  # fmt: skip
async def test_who_may_ban_whom(town: Town, who: str, whom: str, expected: int | None) -> None:
    await town.give_role("mod", Permissions.BAN_MEMBERS)
    was_member = town.state.has_member(town.people[whom].user_id)
    assert await ban(town, who, whom) == expected
    assert town.state.has_member(town.people[whom].user_id) == (was_member and expected is not None)
    found = await town.ctx.store.read_ban(town.guild_id, town.people[whom].user_id)
    assert (found is not None) == (expected is None)


async def test_a_ban_is_told_to_those_who_may_ban_and_noted(town: Town) -> None:
    actor = msgspec.structs.replace(town.ada, reason="spam")
    await bans.ban_user(town.ctx, actor, town.guild_id, town.bob.user_id, BanRequest())
    assert [event.name for event in town.published] == [
        "GUILD_BAN_ADD", "GUILD_DELETE", "GUILD_MEMBER_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE",
    ]  # fmt: skip
    told = town.published[0]
    assert told.needs == Permissions.BAN_MEMBERS
    assert codec.decode(told.body, BanAdd).user.id == town.bob.user_id
    entry = msgspec.json.decode(town.published[3].body)
    assert (entry["action_type"], entry["target_id"], entry["reason"]) == (22, str(int(town.bob.user_id)), "spam")
    found = await bans.get_ban(town.ctx, town.ada, town.guild_id, town.bob.user_id)
    assert (found.user.id, found.reason) == (town.bob.user_id, "spam")
    town.published.clear()
    assert await ban(town, "ada", "bob") is None
    assert not town.published
    await bans.unban_user(town.ctx, town.ada, town.guild_id, town.bob.user_id)
    assert [event.name for event in town.published] == ["GUILD_BAN_REMOVE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    with refused(UNKNOWN_BAN, 404):
        await bans.unban_user(town.ctx, town.ada, town.guild_id, town.bob.user_id)
    with refused(UNKNOWN_BAN, 404):
        await bans.get_ban(town.ctx, town.ada, town.guild_id, town.bob.user_id)


async def test_somebody_who_is_nobody_is_not_banned(town: Town) -> None:
    with refused(UNKNOWN_USER, 404):
        await bans.ban_user(town.ctx, town.ada, town.guild_id, 5, BanRequest())


async def test_the_banned_stay_away_until_the_ban_is_lifted(town: Town) -> None:
    code = (await invites.create_invite(town.ctx, town.ada, town.general, CreateInviteRequest())).code
    await ban(town, "ada", "bob")
    await ban(town, "ada", "eve")
    for who in (town.bob, town.eve):
        with refused(BANNED, 403):
            await invites.accept_invite(town.ctx, who, code)
    await bans.unban_user(town.ctx, town.ada, town.guild_id, town.eve.user_id)
    await invites.accept_invite(town.ctx, town.eve, code)
    assert town.state.has_member(town.eve.user_id)
    bot = await applications.create_application(town.ctx, town.ada, applications.CreateApplicationRequest(name="Bot"))
    await bans.ban_user(town.ctx, town.ada, town.guild_id, bot.id, BanRequest())
    with refused(BANNED):
        await applications.authorize_bot(town.ctx, town.ada, bot.id, town.guild_id)


async def test_who_is_banned_while_joining_is_out(town: Town) -> None:
    code = (await invites.create_invite(town.ctx, town.ada, town.general, CreateInviteRequest())).code
    await asyncio.gather(
        outcome(invites.accept_invite(town.ctx, town.eve, code)), ban(town, "ada", "eve"), return_exceptions=True
    )
    assert not town.state.has_member(town.eve.user_id)


async def test_what_the_banned_wrote_lately_goes_with_them(town: Town) -> None:
    other = town.channel("General")
    old = await town.say("old", town.bob)
    town.clock.ms += 2 * DAY_MS
    new = [await town.say(f"new {number}", town.bob) for number in range(3)]
    spoken = await messages.create_message(town.ctx, town.bob, other, CreateMessageRequest(content="there"))
    mine = await town.say("mine")
    town.published.clear()
    assert await ban(town, "ada", "bob", delete_message_seconds=3600) is None
    gone = [codec.decode(event.body, MessageDeleteBulk) for event in town.told("MESSAGE_DELETE_BULK")]
    assert {bulk.channel_id: bulk.ids for bulk in gone} == {town.general: new, other: [spoken.id]}
    left = await town.ctx.store.read_messages(town.general)
    assert {row.id for row in left if row.type == 0} == {old, mine}
    assert all(event.channel_id is not None for event in town.told("MESSAGE_DELETE_BULK"))


async def test_many_messages_go_a_hundred_at_a_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bans, "DELETED_AT_ONCE", 3)
    for number in range(7):
        await town.say(str(number), town.bob)
    assert await ban(town, "ada", "bob", delete_message_days=1) is None
    sizes = [len(codec.decode(event.body, MessageDeleteBulk).ids) for event in town.told("MESSAGE_DELETE_BULK")]
    assert sizes == [3, 3, 2]  # the message that it joined among them


@pytest.mark.parametrize(
    "fields", [{"delete_message_seconds": -1}, {"delete_message_seconds": 604_801}, {"delete_message_days": 8}]
)
async def test_no_more_than_a_week_goes(town: Town, fields: dict[str, int]) -> None:
    assert await ban(town, "ada", "bob", **fields) == INVALID
    assert town.state.has_member(town.bob.user_id)


async def test_bans_are_listed_by_user_id(town: Town) -> None:
    for whom in ("bob", "hush", "eve"):
        await ban(town, "ada", whom)
    ids = sorted(town.people[name].user_id for name in ("bob", "hush", "eve"))

    async def read(**query: int) -> list[Snowflake]:
        return [found.user.id for found in await bans.list_bans(town.ctx, town.ada, town.guild_id, **query)]

    assert await read() == ids
    assert await read(limit=2) == ids[:2]
    assert await read(after=ids[0]) == ids[1:]
    assert await read(before=ids[2], limit=1) == [ids[1]]
    for who, expected in (("mod", NO_PERMISSION), ("hush", NO_ACCESS), ("bob", NO_ACCESS)):
        assert await outcome(bans.list_bans(town.ctx, town.people[who], town.guild_id)) == expected
    with refused(INVALID):
        await read(limit=1001)


async def test_many_are_banned_at_once_and_who_cannot_be_is_named(town: Town) -> None:
    await town.give_role("mod", Permissions.BAN_MEMBERS)
    mod = town.people["mod"]
    wanted = [town.bob.user_id, town.ada.user_id, Snowflake(5), town.eve.user_id]
    answer = await bans.bulk_ban(town.ctx, mod, town.guild_id, BulkBanRequest(user_ids=wanted))
    assert answer.banned_users == [town.bob.user_id, town.eve.user_id]
    assert answer.failed_users == [town.ada.user_id, Snowflake(5)]
    with refused(FAILED, 400):
        await bans.bulk_ban(town.ctx, mod, town.guild_id, BulkBanRequest(user_ids=wanted[1:3]))
    for count in (0, 201):
        with refused(INVALID):
            await bans.bulk_ban(
                town.ctx, mod, town.guild_id, BulkBanRequest(user_ids=[Snowflake(n + 1) for n in range(count)])
            )
    await town.give_role("hush", Permissions.BAN_MEMBERS | Permissions.MANAGE_GUILD)
    with refused(NO_PERMISSION):
        await bans.bulk_ban(town.ctx, town.people["hush"], town.guild_id, BulkBanRequest(user_ids=wanted))
