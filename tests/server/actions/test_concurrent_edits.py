"""Two edits of one thing at the same instant: each changes what it names, and neither undoes the other."""

import asyncio

import pytest

from tests.server.actions.conftest import Town, outcome
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.rest.channel import EditChannelRequest, OverwriteRequest
from tuichat.protocol.rest.guild import CreateGuildRequest, EditGuildRequest, RolePosition, RoleRequest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import (
    applications,
    channels,
    guild_editing,
    guilds,
    joining,
    members,
    overwrites,
    roles,
    users,
)
from tuichat.server.actions.applications import CreateApplicationRequest, EditApplicationRequest


async def test_an_account(town: Town) -> None:
    await asyncio.gather(
        users.edit_me(town.ctx, town.bob, EditUserRequest(username="robert")),
        users.edit_me(town.ctx, town.bob, EditUserRequest(global_name="Rob")),
    )
    me = await users.get_me(town.ctx, town.bob)
    assert (me.username, me.global_name) == ("robert", "Rob")
    stored = next(row for row in (await town.ctx.store.load()).users if row.id == town.bob.user_id)
    assert (stored.username, stored.display_name) == ("robert", "Rob")
    assert len(town.ctx.edits) == 0


async def test_an_application(town: Town) -> None:
    made = await applications.create_application(town.ctx, town.bob, CreateApplicationRequest(name="Dice Bot"))
    await asyncio.gather(
        applications.edit_application(town.ctx, town.bob, made.id, EditApplicationRequest(name="Coin Bot")),
        applications.edit_application(town.ctx, town.bob, made.id, EditApplicationRequest(bot_public=False)),
        applications.edit_application(town.ctx, town.bob, made.id, EditApplicationRequest(flags=1 << 19)),
    )
    (stored,) = await town.ctx.store.read_applications(town.bob.user_id)
    assert (stored.name, stored.is_public, stored.flags) == ("Coin Bot", False, 1 << 19)


async def test_applications_stay_below_their_limit(town: Town) -> None:
    many = applications.MAX_APPLICATIONS + 5
    answers = await asyncio.gather(
        *(
            outcome(applications.create_application(town.ctx, town.bob, CreateApplicationRequest(name=f"bot {index}")))
            for index in range(many)
        )
    )
    assert sum(1 for answer in answers if isinstance(answer, int)) == 5
    assert len(await town.ctx.store.read_applications(town.bob.user_id)) == applications.MAX_APPLICATIONS


async def test_guilds_stay_below_their_limit(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(joining, "MAX_GUILDS", 3)
    await asyncio.gather(
        *(outcome(guilds.create_guild(town.ctx, town.bob, CreateGuildRequest(name=f"guild {i}"))) for i in range(9))
    )
    assert len(town.ctx.guilds.of_user(town.bob.user_id)) == 3


async def test_a_guild_and_its_system_channel(town: Town) -> None:
    await asyncio.gather(
        guild_editing.edit_guild(town.ctx, town.ada, town.guild_id, EditGuildRequest(name="City")),
        channels.delete_channel(town.ctx, town.ada, town.general),  # takes the guild's system channel away
    )
    assert (town.state.row.name, town.state.row.system_channel_id) == ("City", None)
    (stored,) = (await town.ctx.store.load()).guilds
    assert (stored.name, stored.system_channel_id) == ("City", None)


async def test_a_channel(town: Town) -> None:
    general = town.general
    await asyncio.gather(
        channels.edit_channel(town.ctx, town.ada, general, EditChannelRequest(name="plaza")),
        channels.edit_channel(town.ctx, town.ada, general, EditChannelRequest(topic="All is welcome")),
        channels.edit_channel(town.ctx, town.ada, general, EditChannelRequest(rate_limit_per_user=5)),
    )
    stored = next(row for row in (await town.ctx.store.load()).channels if row.id == general)
    assert (stored.name, stored.topic, stored.rate_limit_s) == ("plaza", "All is welcome", 5)


async def test_overwrites_of_a_channel(town: Town) -> None:
    general, bob = town.general, town.bob.user_id
    wanted = [
        OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.SEND_MESSAGES),
        OverwriteRequest(id=bob, type=1, allow=Permissions.SEND_MESSAGES),
    ]
    await asyncio.gather(
        *(overwrites.set_overwrite(town.ctx, town.ada, general, request.id, request) for request in wanted),
        channels.edit_channel(town.ctx, town.ada, general, EditChannelRequest(topic="Quiet")),
    )
    stored = next(row for row in (await town.ctx.store.load()).channels if row.id == general)
    assert {overwrite.id for overwrite in stored.overwrites} == {town.guild_id, bob}
    assert stored.topic == "Quiet"


async def test_a_role(town: Town) -> None:
    role = await roles.create_role(town.ctx, town.ada, town.guild_id, RoleRequest(name="painters"))
    await asyncio.gather(
        roles.edit_role(town.ctx, town.ada, town.guild_id, role.id, RoleRequest(name="artists")),
        roles.edit_role(town.ctx, town.ada, town.guild_id, role.id, RoleRequest(color=0xFF0000)),
        roles.edit_role(town.ctx, town.ada, town.guild_id, role.id, RoleRequest(hoist=True)),
        roles.move_roles(town.ctx, town.ada, town.guild_id, [RolePosition(role.id, 2)]),
    )
    stored = next(row for row in (await town.ctx.store.load()).roles if row.id == role.id)
    assert (stored.name, stored.color, stored.is_hoisted, stored.position) == ("artists", 0xFF0000, True, 2)


async def test_a_member(town: Town) -> None:
    role = await roles.create_role(town.ctx, town.ada, town.guild_id, RoleRequest(name="painters"))
    bob = town.bob.user_id
    until_ms = town.clock.ms + 60_000
    await asyncio.gather(
        members.edit_member(town.ctx, town.ada, town.guild_id, bob, EditMemberRequest(nick="Bobby")),
        roles.add_member_role(town.ctx, town.ada, town.guild_id, bob, role.id),
        members.edit_member(
            town.ctx,
            town.ada,
            town.guild_id,
            bob,
            EditMemberRequest(communication_disabled_until=format_timestamp(until_ms)),
        ),
    )
    stored = next(row for row in (await town.ctx.store.load()).members if row.user_id == bob)
    assert (stored.nick, stored.role_ids, stored.timeout_until_ms) == ("Bobby", (role.id,), until_ms)
