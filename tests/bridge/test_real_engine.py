"""A call of another machine with the real engine and a real sound server: heard, shown, pressed and stopped at the laptop."""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.bridge.host import Host, host_at
from tests.bridge.laptop import BOX, SECRET, Laptop
from tests.client.waiting import until
from tests.voice.fake_voice_server import FakeVoiceServer, voice_server
from tests.voice.pulse import PulseServer, needs_pulse, pulse_server
from tests.voice.test_supervisor import is_alive
from tuichat.bridge.capture_notice import CaptureNotice
from tuichat.bridge.consent import Consent
from tuichat.local.runtime import runtime_dir
from tuichat.protocol.rtp import SILENCE
from tuichat.voice.audio_protocol import AudioState, ChooseInput, ChooseOutput, Problem, SetGate, SetMeter
from tuichat.voice.call_agent import CallAgent
from tuichat.voice.call_protocol import CallChanged, CallReport, CallState, JoinCall, LeaveCall, MediaPath
from tuichat.voice.engine_process import ENGINE_COMMAND
from tuichat.voice.engine_protocol import Devices, DevicesRequest, Report
from tuichat.voice.media_protocol import MediaReport

pytestmark = [*needs_pulse, pytest.mark.slow]


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseServer]:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as server:
        for name in ("PULSE_SERVER", "HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
            monkeypatch.setenv(name, server.environment[name])
        server.add_sink("mouth")
        server.add_sink("ear")
        yield server


@pytest.fixture
async def laptop(pulse: PulseServer, tmp_path: Path) -> AsyncIterator[Laptop]:
    laptop = Laptop(tmp_path, command=ENGINE_COMMAND)
    laptop.consent.allow(BOX)
    async with laptop.bridge:
        yield laptop


@pytest.fixture
async def host(laptop: Laptop) -> AsyncIterator[Host]:
    async with host_at(laptop.path, SECRET) as host:
        host.send(ChooseInput("mouth.monitor"), ChooseOutput("ear"))
        yield host


class CallOfHost:
    """The call's agent on the machine that one is logged in to, whose ears are the laptop's."""

    def __init__(self, host: Host) -> None:
        self.reports: list[CallReport] = []
        self.agent = CallAgent(self.reports.append, host.send, is_remote=lambda: True)
        host.listener = self._take

    def _take(self, report: Report) -> None:
        if isinstance(report, MediaReport):
            self.agent.take_media(report)

    def paths(self) -> list[MediaPath]:
        return [
            each.path for each in self.reports if isinstance(each, CallChanged) and each.state is CallState.CONNECTED
        ]


@contextlib.asynccontextmanager
async def call(host: Host, server: FakeVoiceServer) -> AsyncIterator[CallOfHost]:
    held = CallOfHost(host)
    held.agent.receive(
        JoinCall(
            call_id=1,
            address=server.address,
            server_id=1,
            channel_id=20,
            user_id=1000,
            session_id="gateway-session",
            token="token",
        )
    )
    try:
        await until(held.paths)
        yield held
    finally:
        await held.agent.close()


def noise(seconds: float) -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    return (np.random.default_rng(1).normal(0, 3000, int(48_000 * seconds))).astype(np.int16)


def speech_frames(server: FakeVoiceServer) -> int:
    return sum(body != SILENCE for _header, body in server.frames)


async def test_devices_are_listed_without_opening_one(laptop: Laptop, host: Host, pulse: PulseServer) -> None:
    host.send(DevicesRequest())
    devices = await host.next(Devices, lambda each: bool(each.inputs))
    assert "mouth.monitor" in {device.key for device in devices.inputs}
    assert pulse.recording_streams() == 0
    assert laptop.shown == []


async def test_a_call_is_shown_while_it_captures_and_the_key_of_the_laptop_is_heard(
    laptop: Laptop, host: Host, pulse: PulseServer
) -> None:
    host.send(SetGate("push_to_talk"))
    async with voice_server() as server, call(host, server) as held:
        assert held.paths()[-1] is MediaPath.RELAYED, "the voice server's address is this machine's own"
        await until(lambda: laptop.shown and laptop.shown[-1].is_open)
        assert laptop.shown[-1].device
        assert pulse.recording_titles() == ["tuichat for box"]
        playing = pulse.play(noise(20), "mouth")
        try:
            assert speech_frames(server) == 0
            assert laptop.bridge.press("down")
            await until(lambda: speech_frames(server) > 10)
            assert not laptop.bridge.press("up")
            await until(lambda: server.frames[-1][1] == SILENCE)
        finally:
            playing.terminate()
            playing.wait()
        held.agent.receive(LeaveCall())
        await until(lambda: not laptop.shown[-1].is_open)
        await until(lambda: pulse.recording_streams() == 0)
    assert is_alive(laptop.pids()[0]), "the engine waits for the next call"


async def test_stop_closes_the_microphone_at_once(laptop: Laptop, host: Host, pulse: PulseServer) -> None:
    host.send(SetGate("open"))
    async with voice_server() as server, call(host, server):
        playing = pulse.play(noise(20), "mouth")
        try:
            await until(lambda: speech_frames(server) > 10)
            (pid,) = laptop.pids()
            begin_s = time.monotonic()
            laptop.bridge.stop()
            await until(lambda: not is_alive(pid) and pulse.recording_streams() == 0)
            gone_ms = (time.monotonic() - begin_s) * 1000
            assert gone_ms < 1000
            assert "tuichat bridge allow box" in await host.end()
            assert not laptop.shown[-1].is_open
        finally:
            playing.terminate()
            playing.wait()


async def test_a_microphone_cannot_be_opened_unseen(laptop: Laptop, host: Host, pulse: PulseServer) -> None:
    """A meter opens it as a call does, and is what a host could ask for without anybody's knowing."""
    host.send(SetMeter(is_on=True))
    await until(lambda: pulse.recording_streams() == 1)
    await until(lambda: laptop.shown)
    assert laptop.shown[-1].is_open
    host.close()
    await until(lambda: pulse.recording_streams() == 0)
    await until(lambda: not laptop.shown[-1].is_open)


async def test_where_nothing_shows_it_one_listens_to_a_call_and_no_microphone_opens(
    pulse: PulseServer, tmp_path: Path
) -> None:
    blind = Laptop(tmp_path, command=ENGINE_COMMAND, has_title=False, notice=CaptureNotice(environment={}))
    blind.consent.allow(BOX)
    async with blind.bridge, host_at(blind.path, SECRET) as host, voice_server() as server:
        host.send(ChooseInput("mouth.monitor"), ChooseOutput("ear"), SetGate("open"))
        async with call(host, server):
            problem = await host.next(Problem, lambda each: each.place == "input")
            assert "`tuichat bridge allow --unseen box`" in (problem.sentence or "")
            await host.next(AudioState, lambda state: state.output_name is not None)
            assert pulse.recording_streams() == 0
            assert not any(state.input_name for state in host.of(AudioState))


BRIDGE = """
import asyncio, sys
from tests.bridge.laptop import BOX, SECRET
from tuichat.bridge.bridge import Bridge
from tuichat.bridge.consent import Consent

async def run():
    async with Bridge(BOX, "box", SECRET, Path(sys.argv[1]), consent=Consent(), show=lambda capture: None):
        print("ready", flush=True)
        await asyncio.Event().wait()

from pathlib import Path
asyncio.run(run())
"""


async def test_a_bridge_that_is_killed_takes_its_microphone_along(pulse: PulseServer) -> None:
    Consent().allow(BOX)
    path = runtime_dir() / "ssh-box.sock"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BRIDGE, str(path)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    async with host_at(path, SECRET) as host:
        host.send(ChooseInput("mouth.monitor"), SetMeter(is_on=True))
        await until(lambda: pulse.recording_streams() == 1)
        process.kill()
        await process.wait()
        await until(lambda: pulse.recording_streams() == 0)
        await host.end()
