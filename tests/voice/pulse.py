"""A PulseAudio daemon of a test's own, with speakers and microphones that are null sinks.

What is played to a virtual speaker is recorded from its monitor; a virtual microphone is the monitor of a sink that
a test speaks into. Needs what `make test-deps` installs; works as root, and leaves the user's own daemon alone.
"""

import contextlib
import os
import re
import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.voice.libraries import needs_voice
from tuichat.voice.loudness import Pcm

RATE_HZ = 48_000
START_TIMEOUT_S = 15.0

# A sound server is urgent where it may be, as it is on a desktop; so are the programs that play and record for a test.
URGENT = ("chrt", "--rr", "5") if os.geteuid() == 0 and shutil.which("chrt") else ()

needs_pulse = [
    *needs_voice,
    pytest.mark.skipif(
        not all(shutil.which(program) for program in ("pulseaudio", "pactl", "parec", "pacat")),
        reason="PulseAudio is not installed: make test-deps",
    ),
]
needs_speech = pytest.mark.skipif(
    not all(shutil.which(program) for program in ("espeak-ng", "sox")),
    reason="espeak-ng or sox is not installed: make test-deps",
)


class PulseServer:
    """One daemon, reached by `address`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.address = f"unix:{folder / 'native'}"
        self.environment = {
            **os.environ,
            "PULSE_SERVER": self.address,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_RUNTIME_PATH": str(folder / "pulse"),
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        native = f"module-native-protocol-unix socket={self._folder / 'native'} auth-anonymous=1 auth-cookie-enabled=0"
        self._process = subprocess.Popen(
            [
                *URGENT,
                *("pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"),
                *("--log-target=stderr", "--log-level=error", "-L", native),
            ],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while self._pactl("info", check=False).returncode != 0:
            assert self._process.poll() is None, "pulseaudio ended at once"
            assert time.monotonic() < deadline_s, "pulseaudio does not answer"
            time.sleep(0.05)  # until the daemon listens; there is nothing to wait on

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def add_sink(self, name: str) -> int:
        """Add a virtual speaker, and return the module that holds it.

        Without `norewinds` an idle null sink has two seconds prepared, which a real sound card has not.
        """
        added = self._pactl(
            *("load-module", "module-null-sink", f"sink_name={name}", f"sink_properties=device.description={name}"),
            *("rate=48000", "channels=1", "norewinds=1"),
        )
        return int(added.stdout)

    def remove(self, module: int) -> None:
        """Unload a sink, as pulling its plug does."""
        self._pactl("unload-module", str(module))

    def choose_default(self, *, sink: str | None = None, source: str | None = None) -> None:
        if sink is not None:
            self._pactl("set-default-sink", sink)
        if source is not None:
            self._pactl("set-default-source", source)

    def recording_streams(self) -> int:
        """Return how many programs record now."""
        return len(self._pactl("list", "short", "source-outputs").stdout.splitlines())

    def recording_titles(self) -> list[str]:
        """Return the titles that programs that record now gave themselves."""
        listed = self._pactl("list", "source-outputs").stdout
        return re.findall(r'window\.title = "(.*)"', listed)

    @contextlib.contextmanager
    def recording(self, source: str, file: Path) -> Iterator[None]:
        """Record a source into a file of raw samples meanwhile."""
        with file.open("wb") as out:
            process = subprocess.Popen(
                [
                    *URGENT,
                    *("parec", "-d", source, "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20"),
                ],
                env=self.environment,
                stdout=out,
            )
            try:
                wait_for_bytes(file)
                yield
            finally:
                process.terminate()
                process.wait(5)

    def play(self, samples: Pcm, sink: str) -> "subprocess.Popen[bytes]":
        """Begin to play samples to a sink; wait for the process to have all of them played."""
        file = self._folder / f"play-{time.monotonic_ns()}.raw"
        file.write_bytes(samples.tobytes())
        return subprocess.Popen(
            [*URGENT, *("pacat", "-p", "-d", sink, "--rate=48000", "--channels=1", "--format=s16le", str(file))],
            env=self.environment,
        )

    def _pactl(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["pactl", *arguments], env=self.environment, capture_output=True, text=True, timeout=10, check=check
        )


def wait_for_bytes(file: Path) -> None:
    """Wait until a recorder has begun to write."""
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while not file.stat().st_size:
        assert time.monotonic() < deadline_s, "nothing is recorded"
        time.sleep(0.02)  # another program's file


@contextlib.contextmanager
def pulse_server(folder: Path) -> Iterator[PulseServer]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    server = PulseServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def forget_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what a stream opened in the test's own process says to libpulse go with the test."""
    for name in ("PULSE_SINK", "PULSE_SOURCE", "PIPEWIRE_NODE"):
        monkeypatch.setenv(name, "")


def read_raw(file: Path) -> Pcm:
    data = file.read_bytes()
    return np.frombuffer(data[: len(data) // 2 * 2], np.int16)


def speech(folder: Path, text: str, voice: str = "en") -> Pcm:
    """Return a sentence spoken by espeak-ng, at 48 kHz and half of full scale."""
    spoken, resampled = folder / "spoken.wav", folder / "resampled.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-s", "150", "-w", str(spoken), text], check=True, timeout=20)
    subprocess.run(["sox", str(spoken), "-r", "48000", "-c", "1", str(resampled), "norm", "-6"], check=True, timeout=20)
    with wave.open(str(resampled), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)
