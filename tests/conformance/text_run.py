"""The state that the sections of the text conformance share: one client, what it saw, the channel under test."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import discord
from discord import app_commands

from tests.conformance.environment import Environment
from tests.conformance.other_account import gateway_url
from tests.conformance.redirect import redirect
from tests.conformance.report import Report

EVENT_TIMEOUT_S = 10.0
CACHE_TIMEOUT_S = 3.0


class TextRun:
    """A discord.py client with its report."""

    def __init__(self, environment: Environment, report: Report) -> None:
        self.environment = environment
        self.report = report
        self.client = discord.Client(intents=discord.Intents.all(), guild_ready_timeout=1.0)
        self.tree = app_commands.CommandTree(self.client)
        self.ready = asyncio.Event()
        self.resumed = asyncio.Event()
        self.seen: list[discord.Message] = []
        self._listen()

    @contextlib.asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """Be signed in, with all that READY tells, to the server of the environment; nothing in a handler may raise."""
        redirect(self.environment.api, await gateway_url(self.environment))
        await self.client.login(self.environment.bot_token)
        connection = asyncio.create_task(self.client.connect(reconnect=True))
        try:
            await asyncio.wait_for(self.ready.wait(), 30)
            yield
        finally:
            await self.client.close()
            with contextlib.suppress(TimeoutError, discord.DiscordException):
                await asyncio.wait_for(connection, 10)
        assert self.report.failed == 0, "an event handler of discord.py raised"

    @property
    def guild(self) -> discord.Guild:
        guild = self.client.get_guild(self.environment.guild_id)
        assert guild is not None
        return guild

    @property
    def channel(self) -> discord.TextChannel:
        channel = self.guild.get_channel(self.environment.channel_id)
        assert isinstance(channel, discord.TextChannel)
        return channel

    @property
    def user(self) -> discord.ClientUser:
        assert self.client.user is not None
        return self.client.user

    async def message(self, predicate: Callable[[discord.Message], bool]) -> discord.Message:
        """Return the first message seen that satisfies the predicate, raising TimeoutError after 10 s."""
        end_s = time.monotonic() + EVENT_TIMEOUT_S
        while time.monotonic() < end_s:
            for message in self.seen:
                if predicate(message):
                    return message
            await asyncio.sleep(0.05)
        raise TimeoutError

    async def becomes(self, holds: Callable[[], object]) -> bool:
        """Return whether something holds now or soon, as events arrive in their own time."""
        end_s = time.monotonic() + CACHE_TIMEOUT_S
        while time.monotonic() < end_s:
            if holds():
                return True
            await asyncio.sleep(0.02)
        return bool(holds())

    async def history(
        self, *, limit: int, after: discord.Message | None = None, oldest_first: bool | None = None
    ) -> list[discord.Message]:
        return [message async for message in self.channel.history(limit=limit, after=after, oldest_first=oldest_first)]

    def cut_cable(self) -> None:
        """Drop the gateway's connection without a close frame."""
        response = self.client.ws.socket._response
        assert response.connection is not None
        transport = response.connection.transport
        assert isinstance(transport, asyncio.Transport)
        transport.abort()

    def _listen(self) -> None:
        client = self.client

        @client.event
        async def on_ready() -> None:
            self.ready.set()

        @client.event
        async def on_resumed() -> None:
            self.resumed.set()

        @client.event
        async def on_message(message: discord.Message) -> None:
            self.seen.append(message)

        @client.event
        async def on_error(event: str, *_: object, **__: object) -> None:
            self.report.line(False, f"no exception in {event}", repr(sys.exc_info()[1])[:200])


async def error_code(work: Awaitable[object]) -> int | None:
    """Return the code of the error that a call ends with, None where there is none."""
    try:
        await work
    except discord.HTTPException as error:
        return error.code
    except Exception:  # another kind of failure has no code, which is the finding
        return None
    return None
