"""People with real clients and real engine processes, on one server and one sound server."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.client.running import make_client, running
from tests.client.waiting import until
from tests.server.running import Account, RunningServer, running_server
from tests.system.rest_account import ChannelObject
from tests.voice.pulse import PulseServer
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.locator import UrlLocator
from tuichat.voice import audio_protocol as asked
from tuichat.voice.audio_protocol import AudioReport, AudioState, SpeakingLevels
from tuichat.voice.call_protocol import CallState
from tuichat.voice.engine_process import ENGINE_COMMAND
from tuichat.voice.engine_state import EngineReady
from tuichat.voice.place_protocol import PlaceReport, PlacesChanged
from tuichat.voice.supervisor import EngineSupervisor

VOICE = 2  # a channel's type
HEARD_DB = -50.0
BITRATE = 48_000


class Person:
    """A client, its engine's process, and a virtual microphone and speaker."""

    def __init__(self, client: Client, name: str, pulse: PulseServer, command: Sequence[str] = ENGINE_COMMAND) -> None:
        self.client = client
        self.name = name
        self.state = AudioState()
        self.levels_db: dict[int, float] = {}
        self.place = PlacesChanged()
        self.modules = {part: pulse.add_sink(f"{name}-{part}") for part in ("mouth", "ear")}
        self.supervisor = EngineSupervisor(on_report=self._take, command=command)
        client.voice.link = self.supervisor.calls
        self.supervisor.ask(asked.ChooseInput(f"{name}-mouth.monitor"))
        self.supervisor.ask(asked.ChooseOutput(f"{name}-ear"))

    @property
    def id(self) -> int:
        assert self.client.state.me is not None
        return int(self.client.state.me.id)

    @property
    def guild_id(self) -> int:
        return int(next(iter(self.client.state.guilds)))

    @property
    def engine_pid(self) -> int:
        assert isinstance(self.supervisor.state, EngineReady)
        return self.supervisor.state.pid

    async def lose_engine(self) -> float:
        """Kill the audio engine, and return how many seconds it takes until another one is ready."""
        killed = self.engine_pid
        os.kill(killed, signal.SIGKILL)

        def has_another() -> bool:
            state = self.supervisor.state
            return isinstance(state, EngineReady) and state.pid != killed

        return await seconds_until(has_another)

    def is_connected(self) -> bool:
        call = self.client.voice.call
        return call is not None and call.state is CallState.CONNECTED

    def hears(self, other: "Person") -> bool:
        return self.levels_db.get(other.id, asked.SILENCE_DB) > HEARD_DB

    async def join(self, channel_id: int) -> None:
        await until(lambda: channel_id in self.client.state.channels)
        self.client.voice.join(self.guild_id, channel_id)
        await until(self.is_connected)
        await until(lambda: self.state.output_name is not None)

    def _take(self, report: AudioReport | PlaceReport) -> None:
        if isinstance(report, AudioState):
            self.state = report
        elif isinstance(report, SpeakingLevels):
            self.levels_db = report.levels_db
        elif isinstance(report, PlacesChanged):
            self.place = report


class Room:
    """A server, a guild's voice channel, and who can come."""

    def __init__(self, server: RunningServer, owner: Account, channel_id: int, people: list[Person]) -> None:
        self.server = server
        self.owner = owner
        self.channel_id = channel_id
        self.people = people


@contextlib.asynccontextmanager
async def voice_room(
    folder: Path, pulse: PulseServer, *names: str, commands: Mapping[str, Sequence[str]] | None = None
) -> AsyncIterator[Room]:
    """Run a server where people of these names may join a voice channel of 48 kbit/s; the first owns it.

    `commands` begin the voice processes of those that have another one than the usual.
    """
    async with running_server() as server, contextlib.AsyncExitStack() as stack:
        accounts = [await server.register(name) for name in names]
        guild, _ = await server.befriend(accounts[0], *accounts[1:])
        body = {"name": "lounge", "type": VOICE, "bitrate": BITRATE}
        channel = await accounts[0].call("POST", f"/guilds/{guild.id}/channels", ChannelObject, body)
        people = []
        endpoint = parse_url(server.base_url)
        for name, account in zip(names, accounts, strict=True):
            locator = UrlLocator(endpoint, server.server.server_id)
            client = await stack.enter_async_context(
                running(make_client(endpoint, account, folder / name, locator=locator))
            )
            person = Person(client, name, pulse, (commands or {}).get(name, ENGINE_COMMAND))
            await stack.enter_async_context(person.supervisor)
            stack.callback(client.voice.close)
            people.append(person)
        yield Room(server, accounts[0], int(channel.id), people)


@contextlib.contextmanager
def urgent() -> Iterator[None]:
    """Have this process, in which the server runs, go before other programs of the machine, where that is allowed."""
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(3))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


async def seconds_until(holds: Callable[[], object]) -> float:
    """Return how long it takes until something is so."""
    began_s = time.monotonic()
    await until(holds)
    return time.monotonic() - began_s


async def settled() -> None:
    """Let what is in buffers be played."""
    await asyncio.sleep(0.7)
