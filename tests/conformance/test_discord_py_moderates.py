"""Unmodified discord.py moderates a guild of a real server, and reads what was done in the audit log."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import aiohttp
import discord
import pytest

from tests.conformance.environment import Environment
from tests.conformance.moderation import Action, Moderation
from tests.conformance.report import Report
from tests.conformance.text_run import error_code
from tests.server.files.pictures_drawn import animation, picture
from tests.system.rest_account import UserObject, register


@pytest.mark.slow
@pytest.mark.usefixtures("restored_addresses")
async def test_discord_py_moderates(environment: Environment) -> None:
    run = Moderation(environment, Report("moderate"))
    async with run.connected(), aiohttp.ClientSession() as http:
        run.victim = await register(http, environment.api, "victim")
        run.victim_id = int((await run.victim.call("GET", "/users/@me", UserObject)).id)
        await _make_roles(run)
        await _make_emojis(run)
        await _change_members(run)
        await _remove_members(run)
        await _invite(run)


def names_of(roles: Sequence[discord.Role]) -> list[str]:
    return [role.name for role in roles]


async def _make_roles(run: Moderation) -> None:
    guild = run.guild
    painters = await guild.create_role(
        name="painters", colour=discord.Colour(0xFF0000), secondary_colour=discord.Colour(0x00FF00),
        hoist=True, mentionable=True, display_icon=picture(), reason="colours",
    )  # fmt: skip
    assert (painters.colour, painters.secondary_colour) == (discord.Colour(0xFF0000), discord.Colour(0x00FF00))
    assert isinstance(painters.display_icon, discord.Asset)
    entry = await run.newest(Action.role_create)
    assert (entry.target.id, entry.reason, entry.after.name, entry.user) == (
        painters.id,
        "colours",
        "painters",
        guild.me,
    )
    critics = await guild.create_role(name="critics", display_icon="\U0001f525")
    assert critics.display_icon == "\U0001f525"
    assert await run.becomes(lambda: guild.get_role(critics.id) is not None)
    await guild.edit_role_positions({critics: 1, painters: 2})
    assert await run.becomes(lambda: names_of(guild.roles)[1:3] == ["critics", "painters"])
    critics, painters = guild.roles[1:3]
    await critics.edit(position=2)
    assert await run.becomes(lambda: names_of(guild.roles)[1:3] == ["painters", "critics"])
    painters = guild.roles[1]
    edited = await run.event("guild_role_update", painters.edit(permissions=discord.Permissions(kick_members=True)))
    assert isinstance(edited, tuple)
    entry = await run.newest(Action.role_update)
    assert (entry.before.permissions.kick_members, entry.after.permissions.kick_members) == (False, True)
    await guild.me.add_roles(painters, reason="art")
    entry = await run.newest(Action.member_role_update)
    assert (entry.target, [role.id for role in entry.after.roles]) == (guild.me, [painters.id])
    bots = {found.id: found for found in await guild.integrations()}
    own = bots[guild.me.id]
    assert isinstance(own, discord.BotIntegration)
    assert own.application.user is not None
    assert (own.type, own.application.user.id) == ("discord", guild.me.id)
    counts = await guild.role_member_counts()
    assert counts[painters] == 1
    await painters.delete()
    assert (await run.newest(Action.role_delete)).before.name == "painters"


async def _make_emojis(run: Moderation) -> None:
    guild = run.guild
    heard = asyncio.create_task(run.client.wait_for("guild_emojis_update", timeout=10))
    await asyncio.sleep(0)
    emoji = await guild.create_custom_emoji(name="blob", image=picture(), reason="fun")
    _, _, after = await heard
    assert [shown.id for shown in after] == [emoji.id]
    dance = await guild.create_custom_emoji(name="dance", image=animation())
    assert dance.animated
    assert await emoji.read()
    assert (await guild.fetch_emoji(emoji.id)).user == guild.me
    renamed = await emoji.edit(name="blab", roles=[guild.get_role(guild.me.roles[-1].id) or guild.default_role])
    assert renamed.name == "blab"
    assert len(await guild.fetch_emojis()) == 2
    await emoji.delete()
    assert await run.becomes(lambda: [shown.id for shown in guild.emojis] == [dance.id])
    assert (await run.newest(Action.emoji_delete)).before.name == "blab"
    own = await run.client.create_application_emoji(name="mine", image=picture())
    assert [shown.id for shown in await run.client.fetch_application_emojis()] == [own.id]
    await own.delete()
    assert await guild.fetch_stickers() == []


async def _change_members(run: Moderation) -> None:
    member = await run.come()
    before, after = await run.event("member_update", member.edit(nick="Nick", reason="name"))
    assert (before.nick, after.nick) == (None, "Nick")
    entry = await run.newest(Action.member_update)
    assert (entry.target, entry.before.nick, entry.after.nick) == (after, None, "Nick")
    await member.timeout(timedelta(minutes=5), reason="calm down")
    assert await run.becomes(member.is_timed_out)
    entry = await run.newest(Action.member_update)
    assert entry.after.timed_out_until > datetime.now(UTC)
    await member.timeout(None)
    assert await run.becomes(lambda: not member.is_timed_out())
    edited = await member.edit(bypass_verification=True)
    assert edited is not None
    assert edited.flags.bypasses_verification
    assert await error_code(member.edit(mute=True)) == 40032
    assert await error_code(member.timeout(datetime.now(UTC) + timedelta(days=29))) == 50035
    found = await run.guild.query_members("nick", limit=5)
    assert [shown.id for shown in found] == [member.id]


async def _remove_members(run: Moderation) -> None:
    guild = run.guild
    member = guild.get_member(run.victim_id)
    assert member is not None
    channel = run.environment.channel_id
    await run.victim.send(str(channel), "spam")
    gone = asyncio.create_task(run.client.wait_for("raw_bulk_message_delete", timeout=10))
    heard = asyncio.create_task(run.client.wait_for("member_ban", timeout=10))
    await asyncio.sleep(0)
    await guild.ban(member, reason="spam", delete_message_seconds=3600)
    where, who = await heard
    assert (where, who.id) == (guild, member.id)
    assert len((await gone).message_ids) == 2  # and the message that it joined
    ban = await guild.fetch_ban(member)
    assert (ban.reason, ban.user.id) == ("spam", member.id)
    assert [found.user.id async for found in guild.bans()] == [member.id]
    assert (await run.newest(Action.ban)).target.id == member.id
    await run.event("member_unban", guild.unban(member))
    assert await error_code(guild.fetch_ban(member)) == 10026
    assert await error_code(guild.unban(member)) == 10026
    member = await run.come()
    removed = await run.event("member_remove", guild.kick(member, reason="out"))
    assert isinstance(removed, discord.Member)
    entry = await run.newest(Action.kick)
    assert (entry.target.id, entry.reason) == (member.id, "out")
    member = await run.come()
    result = await guild.bulk_ban([member, discord.Object(1)], reason="many")
    assert ([user.id for user in result.banned], [user.id for user in result.failed]) == ([member.id], [1])
    await guild.unban(member)
    assert await guild.estimate_pruned_members(days=7) == 0
    assert await guild.prune_members(days=7, reason="nobody") == 0


async def _invite(run: Moderation) -> None:
    guild = run.guild
    made = asyncio.create_task(run.client.wait_for("invite_create", timeout=10))
    await asyncio.sleep(0)
    invite = await run.channel.create_invite(max_age=60, max_uses=2, temporary=True, unique=True, reason="guests")
    assert (await made).code == invite.code
    assert (invite.max_age, invite.max_uses, invite.temporary) == (60, 2, True)
    assert invite.code in [found.code for found in await guild.invites()]
    shown = await run.client.fetch_invite(invite.code)
    assert (shown.guild.id if shown.guild else 0, shown.approximate_member_count) == (guild.id, guild.member_count)
    entry = await run.newest(Action.invite_create)
    assert (entry.target.code, entry.after.max_uses, entry.reason) == (invite.code, 2, "guests")
    await run.event("invite_delete", invite.delete())
    assert await error_code(run.client.fetch_invite(invite.code)) == 10006
