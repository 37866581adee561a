"""Raw REST of another account: never through the library under test."""

import secrets
import time
from collections.abc import Sequence

import aiohttp
import discord
import msgspec
from discord import app_commands

from tests.conformance.environment import Environment
from tests.system.rest_account import PASSWORD, TokenObject, UserObject

DISCORD_EPOCH_MS = 1_420_070_400_000


class GatewayObject(msgspec.Struct, frozen=True):
    url: str


async def request(environment: Environment, method: str, path: str, authorization: str, body: object = None) -> bytes:
    """Return the body of a successful answer, raising RuntimeError with any other."""
    headers = {"Authorization": authorization} if authorization else {}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, environment.api + path, json=body, headers=headers) as response,
    ):
        data = await response.read()
        if response.status not in (200, 201, 204):
            raise RuntimeError(f"{method} {path} -> {response.status} {data[:300]!r}")
        return data


async def post_as_other(environment: Environment, content: str) -> None:
    """Post a message as the second bot if there is one, else as the user account."""
    authorization = (
        f"Bot {environment.second_bot_token}" if environment.second_bot_token else environment.user_token or ""
    )
    path = f"/channels/{environment.channel_id}/messages"
    await request(environment, "POST", path, authorization, {"content": content})


async def invoke(
    environment: Environment, command: app_commands.AppCommand, options: Sequence[dict[str, object]]
) -> None:
    """Invoke a slash command as the user account, as a user's client does."""
    await invoke_command(environment, command.application_id, command.id, command.name, options)


async def invoke_command(
    environment: Environment,
    application_id: int,
    command_id: int,
    name: str,
    options: Sequence[dict[str, object]],
) -> None:
    """The same, of a command that any library has made."""
    assert environment.user_token is not None
    body = {
        "type": 2,
        "application_id": str(application_id),
        "guild_id": str(environment.guild_id),
        "channel_id": str(environment.channel_id),
        "session_id": "0" * 32,
        "nonce": str(int(time.time() * 1000 - DISCORD_EPOCH_MS) << 22),
        "data": {
            "id": str(command_id),
            "name": name,
            "type": discord.AppCommandType.chat_input.value,
            "version": str(command_id),
            "options": list(options),
            "guild_id": str(environment.guild_id),
        },
    }
    await request(environment, "POST", "/interactions", environment.user_token, body)


async def register_user(environment: Environment) -> int:
    """Make an account that is in no guild, and return its id."""
    name = f"stranger_{secrets.token_hex(4)}"
    account = {"username": name, "password": PASSWORD, "date_of_birth": "1990-01-01", "consent": True}
    token = msgspec.json.decode(await request(environment, "POST", "/auth/register", "", account), type=TokenObject)
    user = await request(environment, "GET", "/users/@me", token.token)
    return int(msgspec.json.decode(user, type=UserObject).id)


async def gateway_url(environment: Environment) -> str:
    data = await request(environment, "GET", "/gateway", "")
    return msgspec.json.decode(data, type=GatewayObject).url
