"""Webhooks are made, moved and deleted against a real server, and their address is one at which a program can write."""

from pathlib import Path

import aiohttp
import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError
from tuichat.config.secret import known_secrets


async def test_webhook_writes_at_its_address_until_it_is_deleted(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
        aiohttp.ClientSession() as http,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        webhooks = owner.guild_settings.webhooks
        await me.open_channel(site.channel_id)
        made = await webhooks.create(site.channel_id, "builds")
        url = await webhooks.url(made)
        assert url.startswith(f"{site.server.base_url}/api/webhooks/{made.id}/")
        assert made.token in known_secrets()
        async with http.post(url, json={"content": "green"}) as answer:
            assert answer.status == 204
        await until(lambda: any(entry.message.content == "green" for entry in me.state.timeline(site.channel_id)))
        await webhooks.rename(made.id, "nightly")
        assert [each.name for each in await webhooks.of_guild(guild_id)] == ["nightly"]
        with pytest.raises(ClientError):
            await me.guild_settings.webhooks.of_guild(guild_id)
        await webhooks.delete(made.id)
        assert await webhooks.of_guild(guild_id) == []
        async with http.post(url, json={"content": "red"}) as answer:
            assert answer.status == 404
