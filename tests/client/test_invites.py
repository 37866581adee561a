"""Invites are made, listed and revoked against a real server."""

from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError
from tuichat.protocol.rest.guild import CreateInviteRequest


async def test_invite_is_made_listed_and_revoked(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        invites = owner.guild_settings.invites
        wanted = CreateInviteRequest(max_age=1800, max_uses=5, temporary=True, unique=True)
        made = await invites.create(site.channel_id, wanted)
        listed = await invites.of_guild(guild_id)
        assert listed[0].code == made.code
        assert (listed[0].max_uses, listed[0].uses, listed[0].temporary) == (5, 0, True)
        assert listed[0].expires_at is not None
        assert listed[0].inviter is not None
        with pytest.raises(ClientError):
            await me.guild_settings.invites.of_guild(guild_id)
        await invites.revoke(made.code)
        assert made.code not in [each.code for each in await invites.of_guild(guild_id)]
