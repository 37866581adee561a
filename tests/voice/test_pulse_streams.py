"""Streams on a real PulseAudio: sound goes through, devices are followed, and what breaks heals (line 4.20)."""

import contextlib
import os
import queue
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.voice.pulse import PulseServer, forget_devices, needs_pulse, pulse_server
from tuichat.voice.device import AudioBackendError
from tuichat.voice.pyaudio_device import PyAudioBackend
from tuichat.voice.sample_queues import CHUNK_SAMPLES, CaptureQueue, PlaybackQueue, Wake
from tuichat.voice.stream_keeper import StreamClosed, StreamKeeper, StreamNews, StreamOpened

pytestmark = needs_pulse

DEADLINE_S = 10.0
HEALED_S = 3.0


@pytest.fixture
def pulse(monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseServer]:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as server:
        for name in ("PULSE_SERVER", "HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
            monkeypatch.setenv(name, server.environment[name])
        forget_devices(monkeypatch)
        yield server


class Streams:
    """A keeper, what it told, and a wait for what it is to do."""

    def __init__(self) -> None:
        self.wake = Wake()
        self.captured = CaptureQueue(self.wake)
        self.to_play = PlaybackQueue(self.wake)
        self.news: queue.Queue[StreamNews] = queue.Queue()
        self.keeper = StreamKeeper(PyAudioBackend(), self.captured, self.to_play, self.news.put)

    def opened(self, place: str) -> StreamOpened:
        """Return the next news that a direction is open."""
        deadline_s = time.monotonic() + DEADLINE_S
        while True:
            news = self.news.get(timeout=max(deadline_s - time.monotonic(), 0.01))
            if isinstance(news, StreamOpened) and news.place == place:
                return news

    def wait(self, is_true: Callable[[], bool], seconds: float = DEADLINE_S) -> float:
        """Wait until something that a sound card does is so, and return how long that took."""
        began_s = time.monotonic()
        while not is_true():
            assert time.monotonic() - began_s < seconds, "it did not happen in time"
            time.sleep(0.01)
        return time.monotonic() - began_s


@pytest.fixture
def streams(pulse: PulseServer) -> Iterator[Streams]:
    with contextlib.ExitStack() as stack:
        running = Streams()
        stack.callback(running.wake.close)
        stack.callback(running.keeper.close)
        yield running


def test_devices_are_listed_by_the_sound_server(pulse: PulseServer) -> None:
    pulse.add_sink("speaker")
    pulse.choose_default(sink="speaker", source="speaker.monitor")
    found = PyAudioBackend().list_devices()
    assert [(device.key, device.name, device.is_default) for device in found.outputs] == [("speaker", "speaker", True)]
    assert [(device.key, device.is_default) for device in found.inputs] == [("speaker.monitor", True)]


def test_what_is_played_is_recorded(pulse: PulseServer, streams: Streams) -> None:
    pulse.add_sink("loop")
    streams.keeper.want("loop.monitor", "loop")
    assert streams.opened("output").name == "loop"
    assert streams.opened("input").name == "Monitor of loop"
    tone = (8000 * np.sin(2 * np.pi * 1000 * np.arange(CHUNK_SAMPLES) / 48_000)).astype(np.int16)
    loudest = 0

    def hears_it() -> bool:
        nonlocal loudest
        while streams.to_play.missing:
            streams.to_play.put(tone.tobytes())
        while (chunk := streams.captured.take()) is not None:
            loudest = max(loudest, int(np.frombuffer(chunk, np.int16).max()))
        return loudest > 7000

    streams.wait(hears_it)
    assert loudest <= 8001


def test_chunks_come_every_ten_milliseconds(pulse: PulseServer, streams: Streams) -> None:
    pulse.add_sink("loop")
    streams.keeper.want("loop.monitor", "loop")
    streams.opened("input")
    streams.wait(lambda: streams.captured.count > 20 and streams.to_play.count > 20)
    began_s, captured, played = time.monotonic(), streams.captured.count, streams.to_play.count
    streams.wait(lambda: streams.captured.count - captured >= 100)
    passed_s = time.monotonic() - began_s
    assert 80 <= (streams.captured.count - captured) / passed_s <= 120
    assert 80 <= (streams.to_play.count - played) / passed_s <= 120


def test_an_unloaded_sink_is_left_for_another_and_taken_again_within_three_seconds(
    pulse: PulseServer, streams: Streams
) -> None:
    pulse.add_sink("other")
    module = pulse.add_sink("wanted")
    pulse.choose_default(sink="other")
    streams.keeper.want(None, "wanted")
    assert streams.opened("output").name == "wanted"
    streams.wait(lambda: streams.to_play.count > 10)

    pulse.remove(module)
    began_s = time.monotonic()
    assert streams.opened("output").name == "other"
    count = streams.to_play.count
    streams.wait(lambda: streams.to_play.count > count + 10)
    assert time.monotonic() - began_s < HEALED_S

    began_s = time.monotonic()
    pulse.add_sink("wanted")
    assert streams.opened("output").name == "wanted"
    count = streams.to_play.count
    streams.wait(lambda: streams.to_play.count > count + 10)
    assert time.monotonic() - began_s < HEALED_S


def test_the_last_sink_gone_is_told_and_the_next_one_heals_it(pulse: PulseServer, streams: Streams) -> None:
    module = pulse.add_sink("only")
    streams.keeper.want("only.monitor", "only")
    streams.opened("input")
    streams.wait(lambda: streams.captured.count > 10)
    pulse.remove(module)
    problems: list[str] = []
    deadline_s = time.monotonic() + DEADLINE_S
    while len(problems) < 2 and time.monotonic() < deadline_s:
        news = streams.news.get(timeout=DEADLINE_S)
        if isinstance(news, StreamClosed) and news.problem is not None and "there is no" in news.problem:
            problems.append(news.problem)
    assert sorted(problem[:17] for problem in problems) == ["there is no micro", "there is no speak"]

    began_s = time.monotonic()
    pulse.add_sink("only")
    streams.opened("output")
    streams.opened("input")
    count = streams.captured.count
    streams.wait(lambda: streams.captured.count > count + 10)
    assert time.monotonic() - began_s < HEALED_S


def test_a_sound_server_that_starts_again_heals_it(pulse: PulseServer, streams: Streams) -> None:
    pulse.add_sink("loop")
    streams.keeper.want("", "")
    streams.opened("input")
    streams.wait(lambda: streams.captured.count > 10)
    pulse.stop()
    pulse.start()
    pulse.add_sink("loop")
    began_s = time.monotonic()
    streams.opened("input")
    count, played = streams.captured.count, streams.to_play.count
    streams.wait(lambda: streams.captured.count > count + 10 and streams.to_play.count > played + 10)
    assert time.monotonic() - began_s < HEALED_S


def test_a_closed_microphone_is_no_longer_recorded(pulse: PulseServer, streams: Streams) -> None:
    pulse.add_sink("loop")
    streams.keeper.want("loop.monitor", None)
    streams.opened("input")
    streams.wait(lambda: pulse.recording_streams() == 1)
    streams.keeper.want(None, None)
    streams.wait(lambda: pulse.recording_streams() == 0)


def test_without_a_sound_server_opening_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nobody'}")
    if os.path.exists("/dev/snd"):
        pytest.skip("this machine has a sound card")
    with pytest.raises(AudioBackendError, match="no sound server"):
        PyAudioBackend().open_output("", lambda: b"")


def test_listing_and_opening_at_once_do_not_break_portaudio(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """PortAudio is not thread-safe: an engine without a sound server was killed by SIGABRT."""
    settings = tmp_path / "client.conf"
    settings.write_text(f"default-server=unix:{tmp_path / 'nobody'}\nautospawn=no\n")
    monkeypatch.setenv("PULSE_CLIENTCONFIG", str(settings))
    monkeypatch.delenv("PULSE_SERVER", raising=False)  # where it names a server PortAudio is not even asked
    sound = PyAudioBackend()
    with ThreadPoolExecutor(2) as threads:
        for _ in range(20):
            listing = threads.submit(sound.list_devices)
            opening = threads.submit(sound.open_output, "", lambda: b"")
            listing.result(DEADLINE_S)
            opening.exception(DEADLINE_S)
