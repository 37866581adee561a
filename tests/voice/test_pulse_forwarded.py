"""A laptop's PulseAudio used from a host with one of its own, over a Unix socket forwarded as ssh does it."""

import contextlib
import os
import queue
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.voice.forwarding import Forwarding, forwarded
from tests.voice.libraries import marked
from tests.voice.pulse import PulseServer, forget_devices, needs_pulse, needs_speech, pulse_server, read_raw
from tuichat.config.schema import VoiceSettings
from tuichat.doctor.audio import examine_audio
from tuichat.doctor.findings import as_text
from tuichat.voice.device import AudioBackendError, DeviceList
from tuichat.voice.pyaudio_device import PyAudioBackend
from tuichat.voice.sample_queues import CHUNK_SAMPLES, CaptureQueue, PlaybackQueue, Wake
from tuichat.voice.stream_keeper import DevicesChanged, StreamClosed, StreamKeeper, StreamNews, StreamOpened

pytestmark = [*needs_pulse, pytest.mark.slow]

AWAY_S = 0.05
TONE_HZ = 440


class Host:
    """The machine that is logged in to: its own sound server, and the socket that leads to the laptop's."""

    def __init__(self, folder: Path, own: PulseServer, laptop: PulseServer) -> None:
        self.socket = folder / "laptop.sock"
        self.own = own
        self.laptop = laptop
        self._laptop_socket = Path(laptop.address.removeprefix("unix:"))

    @contextlib.contextmanager
    def forwarding(self, delay_s: float = 0.0) -> Iterator[Forwarding]:
        with forwarded(self.socket, self._laptop_socket, delay_s) as made:
            yield made

    def write_settings(self) -> None:
        """Do as the sentence about shared memory says."""
        with pytest.raises(AudioBackendError) as caught, self.forwarding():
            PyAudioBackend().list_devices()
        told = re.search(r"write these two lines to (\S+) on this machine: (\S+) and (\S+)$", str(caught.value))
        assert told is not None, caught.value
        file = Path(told[1]).expanduser()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{told[2]}\n{told[3]}\n")
        assert told.groups()[1:] == ("enable-shm=no", "enable-memfd=no")


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        own, laptop = (stack.enter_context(pulse_server(folder / which)) for which in ("host", "laptop"))
        own.add_sink("rack")
        laptop.add_sink("lap")
        forget_devices(monkeypatch)
        # Where libpulse finds the host's own when nothing is said, as in /run/user/1000/pulse/native.
        (folder / "pulse").mkdir(mode=0o700)
        (folder / "pulse" / "native").symlink_to(own.address.removeprefix("unix:"))
        monkeypatch.setenv("PULSE_RUNTIME_PATH", str(folder / "pulse"))
        monkeypatch.delenv("PULSE_SERVER", raising=False)
        found = Host(folder, own, laptop)
        assert [device.key for device in PyAudioBackend().list_devices().outputs] == ["rack"]
        monkeypatch.setenv("PULSE_SERVER", f"unix:{found.socket}")
        yield found


def test_shared_memory_that_ssh_cannot_forward_is_told_and_mended_by_the_two_settings(host: Host) -> None:
    host.write_settings()
    with host.forwarding():
        found = PyAudioBackend().list_devices()
    assert [device.key for device in found.outputs] == ["lap"]
    assert found.reach is not None
    assert found.reach.address == f"unix:{host.socket}"


def test_a_stream_says_the_same_of_shared_memory(host: Host) -> None:
    with host.forwarding(), pytest.raises(AudioBackendError, match="enable-shm=no and enable-memfd=no"):
        PyAudioBackend().open_output("", lambda: b"")


def test_a_connection_that_is_gone_is_no_shared_memory_nor_the_hosts_own_server(host: Host) -> None:
    with pytest.raises(AudioBackendError, match=r"no sound server answers at unix:.*, which PULSE_SERVER names"):
        PyAudioBackend().list_devices()


def test_a_laptop_that_hangs_up_is_no_shared_memory(host: Host) -> None:
    host.laptop.stop()
    with host.forwarding(), pytest.raises(AudioBackendError, match=r"cannot be used|no sound server answers") as caught:
        PyAudioBackend().list_devices()
    assert "memfd" not in str(caught.value)


class Tone:
    def __init__(self) -> None:
        self._position = 0

    def give(self) -> bytes:
        places = np.arange(self._position, self._position + CHUNK_SAMPLES)
        self._position += CHUNK_SAMPLES
        return (12_000 * np.sin(2 * np.pi * TONE_HZ * places / 48_000)).astype(np.int16).tobytes()


def silent_share(host: Host, folder: Path) -> tuple[float, int]:
    """Play a tone to the laptop for three seconds, and return how much of it is missing there, and the delay told in ms."""
    file = folder / "heard.raw"
    with host.laptop.recording("lap.monitor", file):
        stream = PyAudioBackend().open_output("lap", Tone().give)
        time.sleep(4)  # as long as it is listened to
        stream.close()
    heard = read_raw(file)
    began = int(np.flatnonzero(heard)[0]) + 24_000  # whoever begins has nothing ready
    middle = heard[began : began + 3 * 48_000]
    blocks = middle[: middle.size // 96 * 96].reshape(-1, 96)
    return float(np.mean(~blocks.any(axis=1))), stream.delay_ms


@pytest.mark.alone
def test_what_is_played_100_ms_away_has_no_gaps(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host.write_settings()
    with host.forwarding(AWAY_S):
        found = PyAudioBackend().list_devices()
        missing, delay_ms = silent_share(host, tmp_path)
        assert "PULSE_LATENCY_MSEC" not in os.environ
        assert check_reach(found) - 20 <= delay_ms <= 200  # measured anew as it was opened
        assert missing < 0.05
        monkeypatch.setenv("PULSE_LATENCY_MSEC", "30")
        missing, delay_ms = silent_share(host, tmp_path)
    assert delay_ms == 30
    assert missing > 0.25  # what the system does by itself: the measure hears gaps, and the user's own value holds


def check_reach(found: DeviceList) -> int:
    """Return what the speaker needs ready, after a look at what was measured."""
    assert found.reach is not None
    assert 2000 * AWAY_S <= found.reach.round_trip_ms <= 2000 * AWAY_S + 20
    assert found.reach.needed_ms == found.reach.asked_ms >= found.reach.round_trip_ms + 40
    return found.reach.needed_ms


@pytest.mark.alone
def test_a_stream_follows_a_laptop_that_goes_farther_away(host: Host) -> None:
    host.write_settings()
    wake = Wake()
    news: queue.Queue[StreamNews] = queue.Queue()
    keeper = StreamKeeper(PyAudioBackend(), CaptureQueue(wake), PlaybackQueue(wake), news.put)
    try:
        with host.forwarding() as forwarding:
            keeper.want(None, "lap")
            near = news.get(timeout=10)
            assert isinstance(near, StreamOpened)
            assert near.delay_ms < 40
            forwarding.delay_s = AWAY_S
            told = [news.get(timeout=20) for _ in range(3)]  # it is measured every five seconds
            assert [type(each) for each in told] == [DevicesChanged, StreamClosed, StreamOpened]
            assert isinstance(told[2], StreamOpened)
            assert told[2].delay_ms >= 1000 * 2 * AWAY_S + 40
            keeper.want(None, None)
            assert news.get(timeout=10) == StreamClosed("output")
    finally:
        keeper.close()
        wake.close()


def test_what_is_recorded_far_away_comes_without_more_delay_than_the_way(host: Host) -> None:
    host.write_settings()
    with host.forwarding(AWAY_S):
        stream = PyAudioBackend().open_input("lap.monitor", lambda chunk: None)
        stream.close()
    assert 1000 * AWAY_S <= stream.delay_ms < 1000 * AWAY_S + 25


async def examined() -> tuple[str, bool]:
    found, is_good = await examine_audio(VoiceSettings(), lambda line: None)
    return as_text(found), is_good


async def test_the_doctor_tells_of_shared_memory(host: Host) -> None:
    with host.forwarding():
        text, is_good = await examined()
    assert not is_good
    assert "write these two lines to" in text
    assert "client.conf on this machine: enable-shm=no and enable-memfd=no" in text


@marked([needs_speech])
@pytest.mark.alone
async def test_the_doctor_tells_how_far_away_the_sound_server_is(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    host.write_settings()
    with host.forwarding(AWAY_S):
        text, _is_good = await examined()
        assert f"PULSE_SERVER names that sound server: unix:{host.socket}" in text
        assert re.search(r"It is 1\d\d ms away and back, so [1-9]\d\d ms are kept ready for the speaker there", text)
        assert "is too little" not in text
        assert "digital silence" in text  # a null sink's monitor: the test itself came to its end at this distance
        delay = next(line for line in text.splitlines() if "from speaker to microphone" in line)
        assert 140 <= int(delay.split()[0]) <= 600
        monkeypatch.setenv("PULSE_LATENCY_MSEC", "20")
        text, _is_good = await examined()
    assert re.search(r"PULSE_LATENCY_MSEC=20 is too little for that way: unset it, or set it to [1-9]\d\d\.", text)
