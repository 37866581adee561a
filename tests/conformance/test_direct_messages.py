"""An unmodified discord.py in direct messages: it is written to, answers, writes first, and is refused where it may not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import discord
import pytest

from tests.conformance.redirect import redirect
from tests.server.gateway.test_gateway import make_bot
from tests.server.running import Account, RunningServer, running_server

LIMIT_S = 15.0


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as running:
        yield running


@contextlib.asynccontextmanager
async def ready_bot(token: str) -> AsyncIterator[discord.Client]:
    """A bot that is connected, without the intent to read what is not meant for it."""
    intents = discord.Intents(guilds=True, dm_messages=True, dm_typing=True)
    async with discord.Client(intents=intents) as client:
        running = asyncio.create_task(client.start(token))
        try:
            await asyncio.wait_for(client.wait_until_ready(), LIMIT_S)
            yield client
        finally:
            await client.close()
            await asyncio.wait_for(running, LIMIT_S)


async def texts(account: Account, channel_id: str) -> list[str]:
    return [message.content for message in await account.history(channel_id)]


async def test_a_bot_talks_in_private(server: RunningServer, restored_addresses: None) -> None:
    owner, other = await server.register("owner"), await server.register("other")
    guild, _ = await server.befriend(owner, other)
    bot = await make_bot(server, owner, guild.id)
    redirect(server.api_url, server.gateway_url)
    async with ready_bot(bot.token) as client:
        heard = asyncio.create_task(client.wait_for("message", timeout=LIMIT_S))
        await asyncio.sleep(0)
        body = {"recipients": [bot.user_id]}
        opened = await owner.call("POST", "/users/@me/channels", dict[str, object], body)
        channel_id = str(opened["id"])
        await owner.send(channel_id, "what time is it?")
        message = await heard
        assert isinstance(message.channel, discord.DMChannel)
        assert (message.content, message.guild, str(message.author)) == ("what time is it?", None, "owner")
        typed = asyncio.create_task(client.wait_for("raw_typing", timeout=LIMIT_S))
        await asyncio.sleep(0)
        await owner.do("POST", f"/channels/{channel_id}/typing")
        typing = await typed
        assert (typing.channel_id, typing.user_id, typing.guild_id) == (int(channel_id), int(owner.user_id), None)
        answer = await message.reply("late")
        await answer.edit(content="later than you think")
        assert [found.content async for found in message.channel.history()] == [
            "later than you think",
            "what time is it?",
        ]
        assert await texts(owner, channel_id) == ["what time is it?", "later than you think"]
        person = await client.fetch_user(int(other.user_id))
        sent = await person.send("the bot writes first")
        (listed,) = await other.call("GET", "/users/@me/channels", list[dict[str, object]])
        assert (listed["id"], await texts(other, str(listed["id"]))) == (str(sent.channel.id), ["the bot writes first"])
        await other.do("PUT", f"/users/@me/relationships/{bot.user_id}", {"type": 2})
        with pytest.raises(discord.Forbidden) as refusal:
            await person.send("and again")
        assert refusal.value.code == 50007
