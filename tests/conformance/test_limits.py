"""Unmodified bot libraries go by the limits that they are told, and are never refused in ordinary use."""

import asyncio
from collections.abc import AsyncIterator

import discord
import hikari
import pytest

from tests.conformance.redirect import redirect
from tests.server.gateway.test_gateway import make_bot
from tests.server.running import Account, RunningServer, running_server
from tuichat.server.api import limiting, route_limits
from tuichat.server.api.exchange import Response
from tuichat.server.rate_limits import RateLimit

MESSAGES = 30


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningServer]:
    """A server on which thirty messages take six windows of a third of a second."""
    limit = RateLimit("message create", 5, 333)
    monkeypatch.setitem(route_limits.LIMITS, ("POST", "/channels/{channel_id}/messages"), limit)
    async with running_server(rate_limits=True) as running:
        yield running


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Holds the scope of each 429."""
    seen: list[str] = []
    refuse = limiting._refuse

    def note(resp: Response, wait_ms: int, *, scope: str) -> None:
        seen.append(scope)
        refuse(resp, wait_ms, scope=scope)

    monkeypatch.setattr(limiting, "_refuse", note)
    return seen


async def bot_and_channel(server: RunningServer) -> tuple[Account, int]:
    owner = await server.register("owner")
    guild, channel_id = await server.befriend(owner)
    return await make_bot(server, owner, guild.id), int(channel_id)


async def written(account: Account, channel_id: int) -> list[str]:
    return [found.content for found in await account.history(str(channel_id)) if found.type == 0]


async def test_discord_py_sends_thirty_messages_at_once(
    server: RunningServer, refusals: list[str], restored_addresses: None
) -> None:
    bot, channel_id = await bot_and_channel(server)
    redirect(server.api_url, server.gateway_url)
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(bot.token)
        channel = client.get_partial_messageable(channel_id)
        await asyncio.gather(*(channel.send(f"message {number}") for number in range(MESSAGES)))
    assert sorted(await written(bot, channel_id)) == sorted(f"message {number}" for number in range(MESSAGES))
    assert refusals == []


async def test_hikari_sends_thirty_messages_at_once(server: RunningServer, refusals: list[str]) -> None:
    bot, channel_id = await bot_and_channel(server)
    app = hikari.RESTApp(url=server.api_url)
    await app.start()
    try:
        async with app.acquire(bot.token, hikari.TokenType.BOT) as rest:
            await asyncio.gather(*(rest.create_message(channel_id, f"message {n}") for n in range(MESSAGES)))
    finally:
        await app.close()
    assert sorted(await written(bot, channel_id)) == sorted(f"message {number}" for number in range(MESSAGES))
    assert refusals == []


async def test_discord_py_waits_and_loses_nothing_where_another_process_uses_its_limit_up(
    server: RunningServer, refusals: list[str], restored_addresses: None
) -> None:
    bot, channel_id = await bot_and_channel(server)
    redirect(server.api_url, server.gateway_url)
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(bot.token)
        channel = client.get_partial_messageable(channel_id)
        sending = asyncio.gather(*(channel.send(f"message {number}") for number in range(MESSAGES // 2)))
        while not sending.done():
            await bot.raw("POST", f"/channels/{channel_id}/messages", {"content": "from another process"})
            await asyncio.sleep(0.03)
        await sending
    arrived = [text for text in await written(bot, channel_id) if text.startswith("message")]
    assert sorted(arrived) == sorted(f"message {number}" for number in range(MESSAGES // 2))
    assert set(refusals) == {"user"}
