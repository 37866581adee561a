"""A guild is changed, left and deleted against a real server."""

from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import EditGuildRequest


async def test_guild_is_renamed_left_and_deleted(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        assert owner.state.guild_permissions(guild_id) & Permissions.MANAGE_GUILD
        assert not me.state.guild_permissions(guild_id) & Permissions.MANAGE_GUILD
        with pytest.raises(ClientError):
            await me.guild_settings.edit(guild_id, EditGuildRequest(name="Mine"))
        await owner.guild_settings.edit(guild_id, EditGuildRequest(name="Ours", description="of all"))
        await until(lambda: me.state.guilds[guild_id].guild.name == "Ours")
        assert me.state.guilds[guild_id].guild.description == "of all"
        await me.guild_settings.leave(guild_id)
        await until(lambda: guild_id not in me.state.guilds)
        await owner.guild_settings.delete(guild_id)
        await until(lambda: guild_id not in owner.state.guilds)
