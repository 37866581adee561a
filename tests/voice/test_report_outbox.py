"""What is told to an agent that does not read: bounded, the newest of each kind, in order."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from tests.client.waiting import until
from tuichat.voice import report_outbox
from tuichat.voice.audio_protocol import AudioState, Level, Problem, SpeakingLevels
from tuichat.voice.call_protocol import CallChanged, CallState, Speaking
from tuichat.voice.engine_protocol import Devices, EngineError, Pong, Report, encode, report_reader
from tuichat.voice.media_protocol import Datagram, Way
from tuichat.voice.place_protocol import PlacesChanged, SoundPlace
from tuichat.voice.report_outbox import BEHIND_BYTES, MAX_UNSENT_BYTES, ReportOutbox


class Agent:
    """An outbox, and the agent's end of its socket, which reads when it is told to."""

    def __init__(self, writer: asyncio.StreamWriter, connection: socket.socket) -> None:
        self.writer = writer
        self.outbox = ReportOutbox(writer)
        self.connection = connection
        self.messages = report_reader()

    @property
    def unread_bytes(self) -> int:
        return self.writer.transport.get_write_buffer_size()

    async def fall_behind(self) -> int:
        """Send until what is written stays here; return how many reports that took."""
        count = 0
        while self.unread_bytes <= BEHIND_BYTES:
            self.outbox.send(EngineError("x" * 4000, is_fatal=True))
            count += 1
            await asyncio.sleep(0)
        return count

    async def read(self, count: int) -> list[Report]:
        """Return the next reports, as soon as there are so many."""
        found: list[Report] = []
        loop = asyncio.get_running_loop()
        while len(found) < count:
            found += self.messages.feed(await asyncio.wait_for(loop.sock_recv(self.connection, 65536), 10))
        return found


@pytest.fixture
async def agent() -> AsyncIterator[Agent]:
    ours, theirs = socket.socketpair()
    theirs.setblocking(False)
    _reader, writer = await asyncio.open_unix_connection(sock=ours)
    yield Agent(writer, theirs)
    writer.transport.abort()
    theirs.close()


async def test_who_reads_hears_everything_in_order(agent: Agent) -> None:
    said: list[Report] = [Level(-number / 10, is_open=True) for number in range(50)]
    said += [Pong(1), Datagram(Way.UDP, 1, b"x"), AudioState()]
    for each in said:
        agent.outbox.send(each)
    assert await agent.read(len(said)) == said


async def test_who_does_not_read_is_told_the_newest_once_he_does(agent: Agent) -> None:
    first = await agent.fall_behind()
    held = agent.unread_bytes
    for number in range(20_000):
        agent.outbox.send(Level(-number / 1000, is_open=True))
        agent.outbox.send(Speaking(1, number % 3, number % 2 == 0))
        agent.outbox.send(Problem("input" if number % 2 else "output", f"trouble {number}"))
        agent.outbox.send(Datagram(Way.UDP, 1, bytes(100)))
    await asyncio.sleep(0)
    assert agent.unread_bytes == held, "nothing more is kept in the socket's buffer"
    assert len(agent.outbox._kept) == 6
    told = await agent.read(first + 6)
    assert told[first:] == [
        Speaking(1, 2, False),
        Speaking(1, 0, True),
        Problem("output", "trouble 19998"),
        Level(-19.999, is_open=True),
        Speaking(1, 1, False),
        Problem("input", "trouble 19999"),
    ]
    agent.outbox.send(Level(-1.0, is_open=False))
    assert await agent.read(1) == [Level(-1.0, is_open=False)]


async def test_what_must_be_heard_in_its_turn_keeps_it(agent: Agent) -> None:
    """Devices belong to the place that was told before them."""
    first = await agent.fall_behind()
    here, there = Devices(problem="here"), Devices(problem="there")
    agent.outbox.send(Devices(problem="an older one"))
    agent.outbox.send(here)
    agent.outbox.send(PlacesChanged(key="0123", places=(SoundPlace(key="0123"),)))
    agent.outbox.send(there)
    agent.outbox.send(CallChanged(call_id=1, state=CallState.CONNECTED))
    agent.outbox.send(SpeakingLevels({}))
    told = (await agent.read(first + 5))[first:]
    assert told[0] == here
    assert isinstance(told[1], PlacesChanged)
    assert told[2] == there
    assert isinstance(told[3], CallChanged)
    assert told[4] == SpeakingLevels({})


async def test_the_end_brings_all_that_is_left(agent: Agent) -> None:
    first = await agent.fall_behind()
    agent.outbox.send(AudioState(input_name="a"))
    agent.outbox.send(EngineError("the end", is_fatal=True))
    agent.outbox.send(AudioState())
    agent.outbox.flush()
    assert (await agent.read(first + 3))[first:] == [
        AudioState(input_name="a"),
        EngineError("the end", is_fatal=True),
        AudioState(),
    ]


async def test_who_never_reads_is_as_one_who_has_gone(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_outbox, "MAX_UNSENT_BYTES", 2 * BEHIND_BYTES)
    changed = CallChanged(call_id=1, state=CallState.CONNECTED, sentence="x" * 1000)
    for _ in range(2 * BEHIND_BYTES // 1000):
        agent.outbox.send(changed)
        await asyncio.sleep(0)
    await agent.fall_behind()
    for _ in range(BEHIND_BYTES // 1000 + 600):
        agent.outbox.send(changed)
        await asyncio.sleep(0)
    await until(agent.writer.is_closing)
    agent.outbox.send(changed)
    agent.outbox.flush()


def test_the_limits_leave_room_for_the_longest_report() -> None:
    assert len(encode(Devices(problem="x" * 4000))) < BEHIND_BYTES < MAX_UNSENT_BYTES
