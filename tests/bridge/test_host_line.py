"""One connection of another machine: what ends it, and what is not sent while it stalls."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.bridge.host import HELLO
from tests.bridge.laptop import BOX, fake_engine
from tests.client.waiting import until
from tests.voice.test_supervisor import children, is_alive, script
from tuichat.bridge import host_line
from tuichat.bridge.capture import Capture
from tuichat.bridge.host_line import HostLine
from tuichat.bridge.passage import HEAVY_MESSAGES
from tuichat.voice.audio_protocol import AudioState, PlaySamples, SetMeter
from tuichat.voice.engine_process import READ_BYTES
from tuichat.voice.engine_protocol import (
    Devices,
    DevicesRequest,
    EngineError,
    Ping,
    Pong,
    Report,
    Request,
    encode,
    report_reader,
)
from tuichat.voice.media_protocol import Datagram, ReopenMedia, TakePart, Way
from tuichat.voice.pace import BURST_S, MESSAGES_S

pytestmark = pytest.mark.slow


class Line:
    """A line, and its host's end."""

    def __init__(self, line: HostLine, host: asyncio.StreamWriter, heard: asyncio.StreamReader) -> None:
        self.line = line
        self.host = host
        self._heard = heard
        self.reports: list[Report] = []
        self.run = asyncio.create_task(line.run())
        self._listening = asyncio.create_task(self._listen())

    def send(self, *requests: Request) -> None:
        for request in requests:
            self.host.write(encode(request))

    async def end(self) -> str:
        async with asyncio.timeout(20):
            return await self.run

    async def _listen(self) -> None:
        messages = report_reader()
        while data := await self._heard.read(65536):
            self.reports += messages.feed(data)


@asynccontextmanager
async def line(
    command: tuple[str, ...],
    shown: list[Capture],
    *,
    host_silence_s: float = 30.0,
    held_s: float = 3.0,
    engine_silence_s: float = 15.0,
) -> AsyncIterator[Line]:
    before = children()
    ours, theirs = socket.socketpair()
    heard, host = await asyncio.open_unix_connection(sock=ours)
    reader, writer = await asyncio.open_unix_connection(sock=theirs)
    made = HostLine(
        reader,
        writer,
        BOX,
        "box",
        shown.append,
        command=command,
        host_silence_s=host_silence_s,
        held_s=held_s,
        engine_silence_s=engine_silence_s,
    )
    held = Line(made, host, heard)
    held.send(HELLO)
    try:
        yield held
    finally:
        host.close()
        await held.end()
    assert children() <= before, "an engine was left behind"


async def test_a_host_that_falls_silent_loses_the_microphone(tmp_path: Path) -> None:
    shown: list[Capture] = []
    async with line(fake_engine(tmp_path / "log"), shown, host_silence_s=1.0) as held:
        held.send(SetMeter(is_on=True))
        await until(lambda: shown)
        pid = held.line.engine_pid
        assert pid is not None
        assert "Nothing came for 1 s" in await held.end()
        assert not is_alive(pid)
        assert not shown[-1].is_open


async def test_a_host_that_pings_keeps_it(tmp_path: Path) -> None:
    async with line(fake_engine(tmp_path / "log"), [], host_silence_s=0.5) as held:
        for number in range(20):
            held.send(Ping(number))
            await until(lambda number=number: Pong(number) in held.reports)  # type: ignore[misc]
            await asyncio.sleep(0.05)  # it is time that must pass: twice the limit in all
        assert not held.run.done()


async def test_while_a_host_says_nothing_nobody_is_heard(tmp_path: Path) -> None:
    """It could not mute: its word would be held up, as ssh is, while voice goes on by UDP."""
    log = tmp_path / "log"

    def parts() -> list[str]:
        return [told for told in log.read_text().splitlines() if told.startswith("TakePart(")] if log.exists() else []

    async with line(fake_engine(log), [], held_s=0.3) as held:
        held.send(TakePart(is_deafened=True), SetMeter(is_on=True))
        await until(lambda: len(parts()) >= 2)
        assert "is_muted=True, is_deafened=True" in parts()[-1]
        held.send(Ping(1))
        await until(lambda: "is_muted=False, is_deafened=True" in parts()[-1])


async def test_an_engine_that_hangs_is_ended_and_the_host_told(tmp_path: Path) -> None:
    async with line(fake_engine(tmp_path / "log"), [], engine_silence_s=0.6) as held:
        held.send(DevicesRequest())
        await until(lambda: any(isinstance(each, Devices) for each in held.reports))
        pid = held.line.engine_pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        assert "does not answer" in await held.end()
        assert not is_alive(pid)


async def test_an_engine_that_cannot_be_started_is_a_sentence() -> None:
    async with line(("/nonexistent/python",), []) as held:
        held.send(DevicesRequest())
        assert "cannot be started on your laptop" in await held.end()
        await until(lambda: any(isinstance(each, EngineError) and each.is_fatal for each in held.reports))


async def test_an_engine_that_talks_nonsense_ends_the_line() -> None:
    async with line(script("socket.socket(fileno=fd).sendall(b'\\x00\\x00\\x00\\x01x')\ntime.sleep(60)"), []) as held:
        held.send(DevicesRequest())
        assert "is no message" in await held.end()


TALKATIVE = """
import threading
from tuichat.voice.audio_protocol import *
from tuichat.voice.engine_protocol import *
from tuichat.voice.media_protocol import *
connection = socket.socket(fileno=fd)
connection.sendall(encode(HelloReply(program='an engine', version=3)))
for count in range(100000):
    connection.sendall(encode(Datagram(Way.UDP, count % 65536, b'frame')))
    if count == 400:
        connection.sendall(encode(AudioState(input_name='a microphone')))
    time.sleep(0.005)
"""


async def test_what_would_come_late_is_not_sent_during_a_stall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_line, "STALL_S", 0.3)
    shown: list[Capture] = []
    async with line(script(TALKATIVE), shown) as held:

        def datagrams() -> int:
            return sum(isinstance(each, Datagram) for each in held.reports)

        def hears_datagrams() -> bool:
            held.send(Ping(0))  # while the engine comes up, which may take longer than a stall is long here
            return datagrams() > 5

        held.send(DevicesRequest())
        await until(hears_datagrams)
        await until(lambda: shown)  # two seconds later, in which the host said nothing
        during = datagrams()
        assert during < 200
        await until(lambda: any(isinstance(each, AudioState) for each in held.reports))
        held.send(Ping(1))
        await until(lambda: datagrams() > during + 5)
        assert any(isinstance(each, Datagram) and each.way is Way.UDP for each in held.reports)


async def test_what_costs_an_engine_much_is_asked_for_seldom_or_no_more(tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with line(fake_engine(log), []) as held:
        held.send(DevicesRequest(), *[ReopenMedia()] * round(BURST_S * MESSAGES_S / HEAVY_MESSAGES - 1))
        await until(lambda: log.exists() and log.read_text().count("ReopenMedia") == 99)
        held.send(*[ReopenMedia()] * 5000)
        assert "more of your laptop than a call needs" in await held.end()
        slowed = round(host_line.FLOOD_S * MESSAGES_S / HEAVY_MESSAGES)
        assert log.read_text().count("ReopenMedia") <= 99 + slowed + READ_BYTES // len(encode(ReopenMedia()))


async def test_a_flood_is_read_slowly_and_the_engine_still_answers(tmp_path: Path) -> None:
    async with line(fake_engine(tmp_path / "log"), []) as held:
        held.send(DevicesRequest())
        await until(lambda: any(isinstance(each, Devices) for each in held.reports))
        sound = PlaySamples(bytes(480_000))

        async def flood() -> None:
            while True:
                held.send(*[sound] * 4)
                await held.host.drain()

        flooding = asyncio.create_task(flood())
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(3.0)  # it is a rate that is measured
        flooding.cancel()
        seconds = asyncio.get_running_loop().time() - began
        received = (tmp_path / "log").read_text().count("PlaySamples") * 480_000
        assert received < 1_000_000 * (seconds + 2.0) + 2 * 480_000
        assert received > 480_000
