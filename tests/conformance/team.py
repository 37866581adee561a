"""A real server with a guild, two bots that may do anything, and a person: what a conformance run needs."""

import contextlib
from collections.abc import AsyncIterator

import aiohttp
import msgspec

from tests.conformance.environment import Environment
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import RestAccount, register
from tests.system.server_process import ServerProcess

ADMINISTRATOR = 1 << 3


class RoleObject(msgspec.Struct, frozen=True):
    id: str


@contextlib.asynccontextmanager
async def conformance_team() -> AsyncIterator[Environment]:
    """Start the server in a fresh home, and make who and what the programs ask for."""
    with FreshHome() as home, ServerProcess(home, "--registration", "open") as server:
        async with aiohttp.ClientSession() as http:
            owner = await register(http, server.api_url, "owner")
            guild = await owner.create_guild("Conformance")
            channel = await owner.text_channel(guild.id)
            role = await owner.call(
                "POST",
                f"/guilds/{guild.id}/roles",
                RoleObject,
                {"name": "bots", "permissions": str(ADMINISTRATOR)},
            )
            tokens = [create_bot(home, server, name, guild.id) for name in ("first-bot", "second-bot")]
            for token in tokens:
                bot = await RestAccount(http, server.api_url, f"Bot {token}").me()
                await owner.do("PUT", f"/guilds/{guild.id}/members/{bot.id}/roles/{role.id}")
            yield Environment(
                api=server.api_url,
                bot_token=tokens[0],
                guild_id=int(guild.id),
                channel_id=int(channel.id),
                second_bot_token=tokens[1],
                user_token=owner.authorization,
            )


def create_bot(home: FreshHome, server: ServerProcess, name: str, guild_id: str) -> str:
    """Return the token that `tuichat bot create` prints."""
    done = home.tuichat("bot", "create", name, "--guild", guild_id, "--data", str(server.data))
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{server.errors()}"
    return done.stdout.split()[-1]


def variables(environment: Environment) -> dict[str, str]:
    """Return the variables that tell a program of this environment."""
    return {
        "TUICHAT_API": environment.api,
        "TUICHAT_BOT_TOKEN": environment.bot_token,
        "TUICHAT_GUILD_ID": str(environment.guild_id),
        "TUICHAT_CHANNEL_ID": str(environment.channel_id),
        "TUICHAT_BOT_TOKEN2": environment.second_bot_token or "",
        "TUICHAT_USER_TOKEN": environment.user_token or "",
    }
