"""The bots of docs/examples run as they are, and do what they say."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest

from tests.conformance.environment import Environment
from tests.conformance.team import conformance_team
from tests.server.running import Account, GatewayClient

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
START_LIMIT_S = 30.0


@contextlib.asynccontextmanager
async def example(name: str, environment: Environment) -> AsyncIterator[None]:
    """Run an example as its own words say, and end it."""
    server = environment.api.removesuffix("/api/v10")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / name),
        env=os.environ | {"TUICHAT_SERVER": server, "TUICHAT_BOT_TOKEN": environment.bot_token},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield
    except BaseException:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        output, _ = await process.communicate()
        print(output.decode())
        raise
    process.terminate()
    output, _ = await process.communicate()
    assert "Traceback" not in output.decode(), output.decode()


async def command(user: Account, channel_id: int) -> dict[str, Any]:
    """Return the one command that a channel knows, once it is there."""
    async with asyncio.timeout(START_LIMIT_S):
        while True:
            index = await user.call("GET", f"/channels/{channel_id}/application-command-index", dict[str, Any])
            if index["application_commands"]:
                return dict(index["application_commands"][0])
            await asyncio.sleep(0.1)


async def interact(user: Account, environment: Environment, kind: int, body: dict[str, object]) -> None:
    place = {"guild_id": str(environment.guild_id), "channel_id": str(environment.channel_id), "session_id": "0" * 32}
    await user.do("POST", "/interactions", {"type": kind, **place, **body})


async def message_of_bot(socket: GatewayClient) -> dict[str, Any]:
    found = await socket.wait_for("MESSAGE_CREATE", lambda message: message["author"].get("bot"))
    return dict(found)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", ["discord_py_bot.py", "hikari_bot.py"])
async def test_an_example_answers_its_command_its_button_and_a_message(name: str) -> None:
    async with conformance_team() as environment, aiohttp.ClientSession() as http:
        user = Account(http, environment.api, environment.user_token or "")
        user.gateway_url = environment.api.removesuffix("/api/v10").replace("http", "ws", 1)
        async with user.connect() as socket, example(name, environment):
            made = await command(user, environment.channel_id)
            application = {"application_id": made["application_id"]}
            data = {"id": made["id"], "version": made["version"], "name": "report", "type": 1}
            await interact(user, environment, 2, {**application, "data": data})
            report = await message_of_bot(socket)
            assert report["content"] == "main is green"
            assert [file["filename"] for file in report["attachments"]] == ["build.log"]
            (button,) = report["components"][0]["components"]
            assert button["label"] == "Deploy"

            pressed = {"component_type": 2, "custom_id": button["custom_id"]}
            await interact(user, environment, 3, {**application, "message_id": report["id"], "data": pressed})
            assert (await message_of_bot(socket))["content"].endswith(" deploys")

            await user.send(str(environment.channel_id), "ping")
            assert (await message_of_bot(socket))["content"] == "pong"
            file = msgspec.convert(report["attachments"][0]["url"], str)
            async with http.get(file) as answer:
                assert await answer.read() == b"102 of 102 passed\n"
