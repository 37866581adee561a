"""A running server with people who have a real client and a real call agent each; only their audio is a fake."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from tests.client.running import make_client, running
from tests.client.waiting import until
from tests.server.running import Account, RunningServer, running_server
from tests.system.rest_account import ChannelObject
from tests.voice.fake_audio import FakeAudio
from tuichat.client.client import Client
from tuichat.client.endpoint import Endpoint, parse_url
from tuichat.client.locator import UrlLocator, server_info
from tuichat.protocol.rtp import FRAME_SAMPLES, SILENCE
from tuichat.voice.call_agent import CallAgent
from tuichat.voice.call_line import CallLine
from tuichat.voice.call_media import CallMedia
from tuichat.voice.call_protocol import CallReport, CallState

SPEECH = b"\x78speech"
VOICE = 2  # a channel's type


class Person:
    """A client, the agent that would run in its engine's process, and an audio that keeps what it hears."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.audio = FakeAudio()
        self.reports: list[CallReport] = []
        self.agent = CallAgent(self._report, lambda request: self.media.receive(request))
        self.media = CallMedia(self.audio, self.agent.take_media)
        self.line = CallLine(self.agent.receive, lambda: None)
        client.voice.link = self.line
        self._timestamp = 0

    def _report(self, report: CallReport) -> None:
        self.reports.append(report)
        self.line.receive(report)

    @property
    def id(self) -> int:
        assert self.client.state.me is not None
        return int(self.client.state.me.id)

    @property
    def guild_id(self) -> int:
        return int(next(iter(self.client.state.guilds)))

    def is_connected(self) -> bool:
        call = self.client.voice.call
        return call is not None and call.state is CallState.CONNECTED

    async def join(self, channel_id: int) -> None:
        await until(lambda: channel_id in self.client.state.channels)
        self.client.voice.join(self.guild_id, channel_id)
        await until(self.is_connected)

    def speak(self, payload: bytes = SPEECH) -> None:
        self._timestamp += FRAME_SAMPLES
        self.media.send_frame(payload, self._timestamp, payload != SILENCE)

    def heard(self, other: "Person") -> list[bytes]:
        return self.audio.payloads(other.id)


class VoiceSite:
    def __init__(
        self, server: RunningServer, accounts: dict[str, Account], people: list[Person], lounge: int, studio: int
    ) -> None:
        self.server = server
        self.accounts = accounts
        self.people = people
        self.lounge = lounge
        self.studio = studio


async def until_heard(speaker: Person, listener: Person, payload: bytes, limit_s: float = 15.0) -> None:
    """Have somebody say something again and again until it arrives, as a voice goes on."""

    def says_and_hears() -> bool:
        speaker.speak(payload)
        return payload in listener.heard(speaker)

    await until(says_and_hears, limit_s)


@contextlib.asynccontextmanager
async def person(account: Account, endpoint: Endpoint, folder: Path) -> AsyncIterator[Person]:
    info = await server_info(endpoint)
    assert info is not None
    locator = UrlLocator(endpoint, info.server_id)
    async with running(make_client(endpoint, account, folder, locator=locator)) as client:
        somebody = Person(client)
        try:
            yield somebody
        finally:
            client.voice.close()
            await somebody.agent.close()


@contextlib.asynccontextmanager
async def voice_site(
    folder: Path,
    names: tuple[str, ...] = ("me", "other"),
    *,
    more: tuple[str, ...] = (),
    endpoint_of: Callable[[str, RunningServer], Endpoint] = lambda name, server: parse_url(server.base_url),
    **options: object,
) -> AsyncIterator[VoiceSite]:
    """Run a server whose `names` and `more` are members of a guild with two voice channels; only `names` are connected.

    `endpoint_of`: how each reaches it.
    """
    async with running_server(**options) as server, contextlib.AsyncExitStack() as stack:  # type: ignore[arg-type]
        accounts = {name: await server.register(name) for name in (*names, *more)}
        owner, *others = accounts.values()
        guild, _ = await server.befriend(owner, *others)
        channel_ids = []
        for name in ("lounge", "studio"):
            body = {"name": name, "type": VOICE}
            made = await owner.call("POST", f"/guilds/{guild.id}/channels", ChannelObject, body)
            channel_ids.append(int(made.id))
        people = [
            await stack.enter_async_context(person(accounts[name], endpoint_of(name, server), folder / name))
            for name in names
        ]
        yield VoiceSite(server, accounts, people, *channel_ids)
