"""A server process and people in one of its voice channels, each with a voice process of their own, for benchmarks of calls."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import aiohttp

from tests.client.running import make_client, running
from tests.client.waiting import until
from tests.server.running import Account
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import ChannelObject, register
from tests.system.server_process import ServerProcess
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.locator import UrlLocator, server_info
from tuichat.voice.audio_protocol import AudioReport
from tuichat.voice.call_protocol import CallState
from tuichat.voice.engine_state import EngineReady
from tuichat.voice.place_protocol import PlaceReport
from tuichat.voice.supervisor import EngineSupervisor

VOICE = 2  # a channel's type
START_LIMIT_S = 30.0


class Caller:
    """One account's client, and the supervisor of its voice process."""

    def __init__(self, name: str, client: Client, command: Sequence[str]) -> None:
        self.name = name
        self.client = client
        self.reports: list[AudioReport | PlaceReport] = []
        self.engine = EngineSupervisor(on_report=self.reports.append, command=command)
        client.voice.link = self.engine.calls

    @property
    def pid(self) -> int:
        assert isinstance(self.engine.state, EngineReady)
        return self.engine.state.pid

    async def join(self, channel_id: int) -> None:
        """Start the voice process, join, and wait for the call. AssertionError where it does not come."""
        self.engine.start()
        await self.engine.wait_until(lambda state: isinstance(state, EngineReady), START_LIMIT_S)
        await until(lambda: channel_id in self.client.state.channels)
        self.client.voice.join(int(next(iter(self.client.state.guilds))), channel_id)
        await until(self._is_connected, START_LIMIT_S)

    def _is_connected(self) -> bool:
        call = self.client.voice.call
        return call is not None and call.state is CallState.CONNECTED


class VoiceRoom:
    def __init__(self, server: ServerProcess, callers: list[Caller], channel_id: int) -> None:
        self.server = server
        self.callers = callers
        self.channel_id = channel_id

    async def join_all(self) -> None:
        await asyncio.gather(*(caller.join(self.channel_id) for caller in self.callers))


@contextlib.asynccontextmanager
async def voice_room(
    names: Sequence[str], command: Callable[[str], Sequence[str]], *server_arguments: str
) -> AsyncIterator[VoiceRoom]:
    """`command`: what starts the voice process of the one of that name. Leaving ends all processes, and waits for them."""
    arguments = ("--registration", "open", "--no-rate-limits", *server_arguments)
    with FreshHome() as home, ServerProcess(home, *arguments) as server:
        async with aiohttp.ClientSession() as http, contextlib.AsyncExitStack() as stack:
            accounts = [await register(http, server.api_url, f"{name}-caller") for name in names]
            guild = await accounts[0].create_guild("Calls")
            body = {"name": "lounge", "type": VOICE}
            lounge = await accounts[0].call("POST", f"/guilds/{guild.id}/channels", ChannelObject, body)
            code = await accounts[0].invite((await accounts[0].text_channel(guild.id)).id)
            for account in accounts[1:]:
                await account.join(code)
            endpoint = parse_url(server.base_url)
            info = await server_info(endpoint)
            assert info is not None
            callers = []
            for name, account in zip(names, accounts, strict=True):
                folder = Path(home.folder) / name
                folder.mkdir()
                one = Account(http, server.api_url, account.authorization)
                one.user_id = (await account.me()).id
                locator = UrlLocator(endpoint, info.server_id)
                client = await stack.enter_async_context(running(make_client(endpoint, one, folder, locator=locator)))
                caller = Caller(name, client, command(name))
                stack.push_async_callback(caller.engine.close)
                stack.callback(client.voice.close)
                callers.append(caller)
            yield VoiceRoom(server, callers, int(lounge.id))
