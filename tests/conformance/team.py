"""A real server with a guild, two bots that may do anything, and a person: what a conformance run needs."""

import contextlib
import ssl
from collections.abc import AsyncIterator

import aiohttp
import msgspec

from tests.conformance.environment import Environment
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import ChannelObject, RestAccount, register
from tests.system.server_process import ServerProcess
from tuichat.server.local_authority import AUTHORITY_FILE, FOLDER

ADMINISTRATOR = 1 << 3
VOICE = 2  # a type of channels


class RoleObject(msgspec.Struct, frozen=True):
    id: str


@contextlib.asynccontextmanager
async def conformance_team(*, has_tls: bool = False, settings: str = "") -> AsyncIterator[Environment]:
    """Start the server in a fresh home with these settings, and make who and what the programs ask for.

    `has_tls`: all goes over TLS of the server's own authority, which programs are told to trust.
    """
    options = ("--registration", "open", *(("--tls", "auto") if has_tls else ()))
    with contextlib.ExitStack() as held:
        home = held.enter_context(FreshHome())
        if settings:
            home.write_settings(settings)
        server = held.enter_context(ServerProcess(home, *options))
        authority = str(server.data / FOLDER / AUTHORITY_FILE) if has_tls else None
        trusts = ssl.create_default_context(cafile=authority)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusts)) as http:
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
            voice, second_voice = [
                await owner.call("POST", f"/guilds/{guild.id}/channels", ChannelObject, {"name": name, "type": VOICE})
                for name in ("lounge", "second-lounge")
            ]
            yield Environment(
                api=server.api_url,
                bot_token=tokens[0],
                guild_id=int(guild.id),
                channel_id=int(channel.id),
                second_bot_token=tokens[1],
                user_token=owner.authorization,
                voice_id=int(voice.id),
                second_voice_id=int(second_voice.id),
                authority=authority,
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
        "TUICHAT_VOICE_ID": str(environment.voice_id),
        "TUICHAT_VOICE2_ID": str(environment.second_voice_id),
        "TUICHAT_PEER_MODE": environment.peer_mode,
        "TUICHAT_WS_PLAIN": "1" if environment.is_voice_plain else "",
        "TUICHAT_NO_WAKE": "" if environment.may_wake else "1",
        **({} if environment.authority is None else {"SSL_CERT_FILE": environment.authority}),
    }
