"""Raw REST of another account: never through the library under test."""

import time
from collections.abc import Sequence

import aiohttp
import discord
import msgspec
from discord import app_commands

from tests.conformance.environment import Environment

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
    assert environment.user_token is not None
    body = {
        "type": 2,
        "application_id": str(command.application_id),
        "guild_id": str(environment.guild_id),
        "channel_id": str(environment.channel_id),
        "session_id": "0" * 32,
        "nonce": str(int(time.time() * 1000 - DISCORD_EPOCH_MS) << 22),
        "data": {
            "id": str(command.id),
            "name": command.name,
            "type": discord.AppCommandType.chat_input.value,
            "version": str(command.id),
            "options": list(options),
            "guild_id": str(environment.guild_id),
        },
    }
    await request(environment, "POST", "/interactions", environment.user_token, body)


async def gateway_url(environment: Environment) -> str:
    data = await request(environment, "GET", "/gateway", "")
    return msgspec.json.decode(data, type=GatewayObject).url
