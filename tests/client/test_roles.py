"""Roles are made, changed, moved, given, taken and deleted against a real server."""

from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError
from tuichat.client.role_matrix import RoleMatrix
from tuichat.client.role_rank import ranked_roles, steps
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import RoleRequest


async def test_the_life_of_a_role(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id, me_id = int(next(iter(owner.state.guilds))), int(site.me.user_id)
        guild, mine = owner.state.guilds[guild_id], me.state.guilds[guild_id]
        names = [(await owner.roles.create(guild_id, RoleRequest(name=name))).id for name in ("low", "high", "keepers")]
        low, high, keepers = map(int, names)
        edit = RoleRequest(name="guards", color=0xC6A0F6, hoist=True, mentionable=True)
        await owner.roles.edit(guild_id, keepers, edit)
        role = guild.roles[keepers]  # at once, whenever the dispatch comes
        assert (role.name, role.color, role.hoist, role.mentionable) == ("guards", 0xC6A0F6, True, True)

        order = [int(each.id) for each in ranked_roles(guild)]
        for _ in range(2):
            await owner.roles.move(guild_id, steps(owner.state, guild, guild.roles[order[-2]], 1))
            order = [int(each.id) for each in ranked_roles(guild)]
        await until(lambda: [int(each.id) for each in ranked_roles(mine)] == order)
        assert set(order) == {low, high, keepers, guild_id}

        with pytest.raises(ClientError):
            await me.roles.give(guild_id, me_id, keepers)
        await owner.roles.give(guild_id, me_id, keepers)
        await until(lambda: keepers in mine.members[me_id].roles)
        assert (await owner.roles.member_counts(guild_id))[keepers] == 1

        matrix = RoleMatrix(owner.state, guild_id)
        matrix.toggle(keepers, Permissions.KICK_MEMBERS)
        for role_id, permissions in matrix.edits().items():
            await owner.roles.edit(guild_id, role_id, RoleRequest(permissions=permissions))
        assert matrix.edits() == {}
        await until(lambda: bool(me.state.guild_permissions(guild_id) & Permissions.KICK_MEMBERS))

        await owner.roles.take(guild_id, me_id, keepers)
        await until(lambda: keepers not in mine.members[me_id].roles)
        await owner.roles.delete(guild_id, keepers)
        await until(lambda: keepers not in guild.roles and keepers not in mine.roles)
