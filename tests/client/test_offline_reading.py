"""What was read is read again while the server cannot be reached: against a real server that goes away."""

import asyncio
from pathlib import Path

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.message_cache import MessageCache
from tuichat.client.state import Connection


def keeping(place: Site, state_dir: Path, url: str = "") -> Client:
    """Return a client that keeps what it reads."""
    return make_client(parse_url(url or place.server.base_url), place.me, state_dir, MessageCache(state_dir, "me"))


def texts(client: Client, place: Site) -> list[str]:
    """Return what people wrote, without the line that tells of the member who joined."""
    return [
        entry.message.content for entry in client.state.timeline(place.channel_id).confirmed if entry.message.content
    ]


async def test_servers_and_messages_show_without_the_server(site: Site, tmp_path: Path) -> None:
    client = keeping(site, tmp_path)
    async with running(client):
        await client.open_channel(site.channel_id)
        client.send_message(site.channel_id, "read me offline")
        await until(lambda: texts(client, site) == ["read me offline"])
        guilds = {guild_id: guild.guild.name for guild_id, guild in client.state.guilds.items()}

    away = keeping(site, tmp_path, "http://127.0.0.1:9")
    run = asyncio.create_task(away.run())
    try:
        await until(lambda: bool(away.state.guilds))
        assert {guild_id: guild.guild.name for guild_id, guild in away.state.guilds.items()} == guilds
        await away.open_channel(site.channel_id)
        assert texts(away, site) == ["read me offline"]
        assert away.state.connection is not Connection.READY
    finally:
        await away.close()
        await run


async def test_what_changed_meanwhile_is_right_once_the_server_is_back(site: Site, tmp_path: Path) -> None:
    client = keeping(site, tmp_path)
    async with running(client):
        await client.open_channel(site.channel_id)
        client.send_message(site.channel_id, "to be deleted")
        await until(lambda: texts(client, site) and not list((tmp_path / "outbox").rglob("*.json")))
        message_id = client.state.timeline(site.channel_id).confirmed[-1].message.id

    other = make_client(parse_url(site.server.base_url), site.other, tmp_path / "other")
    async with running(other):
        await other.delete_message(site.channel_id, message_id)

    again = keeping(site, tmp_path)
    await again.open_channel(site.channel_id)
    assert texts(again, site) == ["to be deleted"]
    async with running(again):
        await until(lambda: not again.state.timeline(site.channel_id).is_stale)
        assert texts(again, site) == []


async def test_without_a_cache_nothing_is_written(site: Site, tmp_path: Path) -> None:
    client = make_client(parse_url(site.server.base_url), site.me, tmp_path)
    async with running(client):
        await client.open_channel(site.channel_id)
    assert not (tmp_path / "messages").exists()
