"""A bot in unmodified discord.py beside a screen, both on one real server, in the test's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import discord
from discord import app_commands

from tests.conformance.redirect import redirect
from tests.server.bots import add_bot
from tests.server.running import Account, RunningServer, running_server
from tests.system.screen_on_server import screen_of
from tests.tui.screens import Shown
from tuichat.client.client import Client

ADMINISTRATOR = 8


class Bot(discord.Client):
    """`seen` is what its handlers were told; they note it themselves."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, guild_messages=True))
        self.tree = app_commands.CommandTree(self)
        self.seen: list[object] = []
        self.ready = asyncio.Event()

    async def on_ready(self) -> None:
        self.ready.set()

    @property
    def channel(self) -> discord.TextChannel:
        return self.guilds[0].text_channels[0]


@dataclass
class Stage:
    bot: Bot
    shown: Shown
    client: Client
    channel_id: int


Commands = Sequence["app_commands.Command[discord.app_commands.Group, ..., None] | app_commands.ContextMenu"]


@contextlib.asynccontextmanager
async def bot_at_work(commands: Commands = ()) -> AsyncIterator[tuple[RunningServer, Bot, Account, int]]:
    """Run a server and a bot with these commands; yield both, the guild's owner and its channel."""
    async with running_server() as site:
        ada = await site.register("ada")
        guild, channel_id = await site.befriend(ada)
        account = await add_bot(site, ada, guild.id, "buildbot", ADMINISTRATOR)
        redirect(site.api_url, site.gateway_url)
        bot = Bot()
        for command in commands:
            bot.tree.add_command(command)
        await bot.login(account.token)
        connection = asyncio.create_task(bot.connect())
        try:
            await asyncio.wait_for(bot.ready.wait(), 20)
            if commands:
                await bot.tree.sync()
            yield site, bot, ada, int(channel_id)
        finally:
            await bot.close()
            with contextlib.suppress(TimeoutError, discord.DiscordException):
                await asyncio.wait_for(connection, 10)


@contextlib.asynccontextmanager
async def stage(folder: Path, size: tuple[int, int] = (120, 36), commands: Commands = ()) -> AsyncIterator[Stage]:
    """Run a server, a bot with these commands, and the screen of the guild's owner, which shows its channel."""
    async with (
        bot_at_work(commands) as (site, bot, ada, channel_id),
        screen_of(site, ada, channel_id, folder, size) as (shown, client),
    ):
        yield Stage(bot, shown, client, channel_id)
