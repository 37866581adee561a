"""A server with a guild of two people, one of whom is signed in on this machine and runs scripts."""

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp

from tests.system.fresh_home import TUICHAT, FreshHome
from tests.system.rest_account import PASSWORD, ChannelObject, RestAccount, register
from tests.system.server_process import ServerProcess

SIGN_IN = """
import asyncio, sys
from tuichat.client.session import Accounts
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings

async def sign_in():
    profile, *answers = sys.argv[1:]
    accounts = Accounts(Profile(profile), Settings())
    await accounts.sign_in(*answers)
    await accounts.close()

asyncio.run(sign_in())
"""


@dataclass
class ScriptSite:
    """`ada` is the one of the scripts, `bob` the other one; `general` is a channel of the guild "dev"."""

    home: FreshHome
    server: ServerProcess
    ada: RestAccount
    bob: RestAccount
    guild_id: str
    general: ChannelObject

    async def tuichat(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, while this test's loop goes on."""
        return await asyncio.to_thread(self.home.tuichat, *words, given=given)

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start a command whose pipes the test holds."""
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(
            *TUICHAT, *words, stdin=pipe, stdout=pipe, stderr=pipe, env=self.home.environment, cwd=self.home.folder
        )

    async def sign_in(self, profile: str, name: str) -> None:
        """Have an account be one of a profile on this machine."""
        await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-P", "-c", SIGN_IN, profile, self.server.base_url, name, PASSWORD],
            env=self.home.environment,
            check=True,
        )

    async def texts(self, channel_id: str | None = None) -> list[str]:
        """Return what people wrote in a channel, oldest first."""
        history = await self.bob.history(channel_id or self.general.id)
        return [message.content for message in history if message.type in (0, 19)]


@contextlib.asynccontextmanager
async def script_site(*serve_options: str) -> AsyncIterator[ScriptSite]:
    with FreshHome() as home, ServerProcess(home, "--registration", "open", *serve_options) as server:
        async with aiohttp.ClientSession() as http:
            ada = await register(http, server.api_url, "ada")
            bob = await register(http, server.api_url, "bob")
            guild = await ada.create_guild("dev")
            general = await ada.text_channel(guild.id)
            await bob.join(await ada.invite(general.id))
            site = ScriptSite(home, server, ada, bob, guild.id, general)
            await site.sign_in("default", "ada")
            yield site
