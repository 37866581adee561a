"""The real voice process on a sound card that is a clock: `python -m tests.benchmarks.clocked_engine --socket-fd N`.

The microphone gives the samples of a file (`--microphone`, raw, 16 bit, 48 kHz, again and again) 10 ms at a time, and what the
speaker is given is kept with the time of each callback (`--log`, a .npz file, written in the end).
"""

import argparse
import asyncio
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tuichat.voice.device import AudioDevice, DeviceList
from tuichat.voice.engine import serve
from tuichat.voice.sample_queues import CHUNK_BYTES

CHUNK_S = 0.01
MICROPHONE = AudioDevice(0, "Microphone", "clock", 1, 48000.0, is_default=True, key="microphone")
SPEAKER = AudioDevice(1, "Speaker", "clock", 1, 48000.0, is_default=True, key="speaker")


class ClockedStream:
    """Calls a function each 10 ms on a thread of its own, as a sound card's library does."""

    delay_ms = 0

    def __init__(self, name: str, each: Callable[[], None]) -> None:
        self.name = name
        self._each = each
        self._has_ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def close(self) -> None:
        self._has_ended.set()
        self._thread.join()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._has_ended.is_set():
            due_s += CHUNK_S
            time.sleep(max(due_s - time.monotonic(), 0))
            self._each()


class ClockedSound:
    """A SoundSystem with one microphone and one speaker."""

    def __init__(self, microphone: bytes) -> None:
        self._microphone = microphone
        self._at = 0
        self.captured: list[
            tuple[float, int]
        ] = []  # time.monotonic() of a callback, and where in the file its chunk is
        self.played: list[tuple[float, bytes]] = []

    def version(self) -> str:
        return "clock"

    def list_devices(self) -> DeviceList:
        return DeviceList(inputs=(MICROPHONE,), outputs=(SPEAKER,))

    def watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    def open_input(self, key: str, take: Callable[[bytes], None]) -> ClockedStream:
        def each() -> None:
            chunk = self._microphone[self._at : self._at + CHUNK_BYTES]
            self.captured.append((time.monotonic(), self._at // 2))
            self._at = (self._at + CHUNK_BYTES) % len(self._microphone)
            take(chunk)

        return ClockedStream(MICROPHONE.name, each)

    def open_output(self, key: str, give: Callable[[], bytes]) -> ClockedStream:
        def each() -> None:
            chunk = give()
            self.played.append((time.monotonic(), chunk))

        return ClockedStream(SPEAKER.name, each)

    def save(self, path: Path) -> None:
        whole = path.with_suffix(".part.npz")
        np.savez(
            whole,
            captured_s=np.array([at_s for at_s, _ in self.captured]),
            captured_at=np.array([at for _, at in self.captured], np.int64),
            played_s=np.array([at_s for at_s, _ in self.played]),
            played=np.frombuffer(b"".join(chunk for _, chunk in self.played), np.int16),
            cpu_s=np.array(time.process_time()),
        )
        whole.rename(path)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket-fd", type=int, required=True)
    parser.add_argument("--microphone", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    options = parser.parse_args()
    raw = options.microphone.read_bytes()
    sound = ClockedSound(raw[: len(raw) // CHUNK_BYTES * CHUNK_BYTES])
    connection = socket.socket(fileno=options.socket_fd)
    connection.set_inheritable(False)
    status = asyncio.run(serve(connection, sound))
    sound.save(options.log)
    return status


if __name__ == "__main__":
    sys.exit(main())
