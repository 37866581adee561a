"""How long a voice takes from mouth to ear through the real server: `python -m tests.benchmarks.mouth_to_ear [--seconds N] [--pulse]`.

Two clients with a voice process each, and the server, all on loopback. The delay of a sample is from the callback that gave it
as the microphone to the callback that was given it as the speaker: the whole of capture, processing, gate, Opus, encryption,
forwarder, jitter buffer and mixer. What was said is found in what was played by correlation, a fifth of a second at a time.
`--pulse`: through null sinks of a PulseAudio daemon instead, with what a bare loop of microphone to speaker costs there.
"""

import argparse
import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.voice_room import voice_room
from tests.voice.pulse import PulseServer, pulse_server
from tests.voice.speech import RATE_HZ, speech_like
from tuichat.voice.audio_protocol import ChooseInput, ChooseOutput, SetGate
from tuichat.voice.pyaudio_device import PyAudioBackend
from tuichat.voice.sample_queues import CHUNK_BYTES, CHUNK_SAMPLES, SILENT_CHUNK

GOAL_P50_MS, GOAL_P99_MS = 90, 120
WINDOW = 20 * CHUNK_SAMPLES  # of what was played
STEP = 10 * CHUNK_SAMPLES
REACH_S = 0.6  # no delay is longer
GOOD_LIKENESS = 0.7  # of 1; Opus at 64 kbit/s comes to 0.95, a stretched moment to less
QUIET = 300.0  # of 32768, RMS: nothing to be found in
SETTLING_S = 3.0

Samples = NDArray[np.int16]


class Heard(NamedTuple):
    """A recording: chunks of 10 ms one after the other, and the time of each by time.monotonic()."""

    samples: Samples
    chunk_s: NDArray[np.float64]


def delays_ms(said: Heard, heard: Heard, reach_s: float = REACH_S) -> list[float]:
    """Return the delay of each window of what was heard in which something of what was said is found."""
    return [delay_ms for _, delay_ms in timed_delays(said, heard, reach_s)]


def timed_delays(said: Heard, heard: Heard, reach_s: float = REACH_S) -> list[tuple[float, float]]:
    """Return when each such window was heard, by time.monotonic(), and its delay."""
    found = []
    reach = int(reach_s * RATE_HZ)
    for start in range(0, heard.samples.size - WINDOW, STEP):
        window = heard.samples[start : start + WINDOW].astype(np.float64)
        if np.sqrt(np.mean(window**2)) < QUIET:
            continue
        heard_s = heard.chunk_s[(start + WINDOW // 2) // CHUNK_SAMPLES]
        newest = int(np.searchsorted(said.chunk_s, heard_s)) * CHUNK_SAMPLES + WINDOW // 2
        oldest = max(newest - reach - WINDOW, 0)
        place = said.samples[oldest : newest + WINDOW].astype(np.float64)
        if place.size < 2 * WINDOW:
            continue
        likeness, offset = best_match(place, window)
        middle = oldest + offset + WINDOW // 2
        if likeness >= GOOD_LIKENESS and middle // CHUNK_SAMPLES < said.chunk_s.size:
            found.append((float(heard_s), float(1000 * (heard_s - said.chunk_s[middle // CHUNK_SAMPLES]))))
    return found


def best_match(place: NDArray[np.float64], window: NDArray[np.float64]) -> tuple[float, int]:
    """Return how like the window the most like part of a place is, 0 to 1, and where that begins."""
    size = 1 << (place.size + window.size).bit_length()
    spectrum = np.fft.rfft(place, size) * np.conj(np.fft.rfft(window, size))
    products = np.fft.irfft(spectrum, size)[: place.size - window.size + 1]
    energy = np.cumsum(np.concatenate(([0.0], place**2)))
    norms = np.sqrt(np.maximum(energy[window.size :] - energy[: -window.size], 1.0)) * np.linalg.norm(window)
    likeness = products / norms
    best = int(np.argmax(likeness))
    return float(likeness[best]), best


def tell(name: str, delays: list[float], windows: str = "") -> tuple[float, float]:
    if not delays:
        sys.stdout.write(f"{name:28} nothing was heard\n")
        return float("inf"), float("inf")
    p50, p90, p99 = (float(np.percentile(delays, share)) for share in (50, 90, 99))
    sys.stdout.write(f"{name:28} p50 {p50:5.1f}  p90 {p90:5.1f}  p99 {p99:5.1f} ms  ({len(delays)} windows{windows})\n")
    return p50, p99


async def clocked(seconds: float, folder: Path) -> list[float]:
    """Measure with sound cards that are clocks."""
    for name, samples in (("anna", speech_like(20.0)), ("ben", np.zeros(RATE_HZ, np.float32))):
        (folder / f"{name}.raw").write_bytes((samples * 32767).astype(np.int16).tobytes())

    def command(name: str) -> list[str]:
        program = [sys.executable, "-m", "tests.benchmarks.clocked_engine"]
        return [*program, "--microphone", str(folder / f"{name}.raw"), "--log", str(folder / f"{name}.npz")]

    async with voice_room(("anna", "ben"), command) as room:
        for caller in room.callers:
            caller.engine.ask(SetGate("open"))
        await room.join_all()
        await asyncio.sleep(SETTLING_S)
        began_s = time.monotonic()
        await asyncio.sleep(seconds)
    mouth, ear = np.load(folder / "anna.npz"), np.load(folder / "ben.npz")
    original = np.frombuffer((folder / "anna.raw").read_bytes(), np.int16)
    said = np.concatenate([original[at : at + CHUNK_SAMPLES] for at in mouth["captured_at"]])
    first = int(np.searchsorted(ear["played_s"], began_s))
    return delays_ms(
        Heard(said, mouth["captured_s"]),
        Heard(ear["played"][first * CHUNK_SAMPLES :], ear["played_s"][first:]),
    )


class Recorder:
    """Records a monitor of PulseAudio, and notes when each 10 ms came."""

    def __init__(self, server: PulseServer, source: str) -> None:
        command = ["parec", "-d", source, "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=10"]
        self._process = subprocess.Popen(command, env=server.environment, stdout=subprocess.PIPE)
        self._chunks: list[bytes] = []
        self._times: list[float] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        while chunk := self._process.stdout.read(CHUNK_BYTES):
            self._chunks.append(chunk)
            self._times.append(time.monotonic())

    def end(self) -> Heard:
        self._process.terminate()
        self._process.wait(5)
        self._thread.join()
        whole = [chunk for chunk in self._chunks if len(chunk) == CHUNK_BYTES]
        return Heard(np.frombuffer(b"".join(whole), np.int16), np.array(self._times[: len(whole)]))


@contextlib.contextmanager
def own_pulse(folder: Path) -> Iterator[PulseServer]:
    """A daemon that this process and its children use."""
    kept = dict(os.environ)
    with pulse_server(folder) as server:
        for name in ("PULSE_SERVER", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
            os.environ[name] = server.environment[name]
        try:
            yield server
        finally:
            os.environ.clear()
            os.environ.update(kept)


async def measure_sinks(server: PulseServer, seconds: float, mouth: str, ear: str) -> list[float]:
    """Speak into one sink, and find it in another."""
    recorders = [Recorder(server, f"{name}.monitor") for name in (mouth, ear)]
    speaking = server.play((speech_like(seconds) * 32767).astype(np.int16), mouth)
    await asyncio.to_thread(speaking.wait, seconds + 30)
    said, heard = (recorder.end() for recorder in recorders)
    return delays_ms(said, heard)


async def through_sinks(server: PulseServer, seconds: float) -> list[float]:
    for name in ("anna", "ben"):
        server.add_sink(f"{name}-mouth")
        server.add_sink(f"{name}-ear")
    async with voice_room(("anna", "ben"), lambda _: [sys.executable, "-P", "-m", "tuichat.voice.engine"]) as room:
        for caller in room.callers:
            caller.engine.ask(ChooseInput(f"{caller.name}-mouth.monitor"))
            caller.engine.ask(ChooseOutput(f"{caller.name}-ear"))
            caller.engine.ask(SetGate("open"))
        await room.join_all()
        await asyncio.sleep(SETTLING_S)
        return await measure_sinks(server, seconds, "anna-mouth", "ben-ear")


async def bare_loop(server: PulseServer, seconds: float) -> list[float]:
    """What PortAudio and PulseAudio cost alone: each chunk of the microphone is the speaker's next one."""
    server.add_sink("loop-mouth")
    server.add_sink("loop-ear")
    chunks: deque[bytes] = deque(maxlen=2)
    sound = PyAudioBackend()
    streams = [
        sound.open_input("loop-mouth.monitor", chunks.append),
        sound.open_output("loop-ear", lambda: chunks.popleft() if chunks else SILENT_CHUNK),
    ]
    try:
        await asyncio.sleep(1.0)
        return await measure_sinks(server, seconds, "loop-mouth", "loop-ear")
    finally:
        for stream in streams:
            stream.close()


async def run(options: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="tc-mouth-") as place:
        folder = Path(place)
        if not options.pulse:
            p50, p99 = tell("callback to callback", await clocked(options.seconds, folder))
            sys.stdout.write(f"goal: p50 {GOAL_P50_MS}, p99 {GOAL_P99_MS} ms\n")
            return 0 if p50 <= GOAL_P50_MS and p99 <= GOAL_P99_MS else 1
        with own_pulse(folder) as server:
            bare_p50, bare_p99 = tell("a bare loop of null sinks", await bare_loop(server, options.seconds))
            p50, p99 = tell("a call through null sinks", await through_sinks(server, options.seconds))
        sys.stdout.write(f"the call adds p50 {p50 - bare_p50:.1f}, p99 {p99 - bare_p99:.1f} ms\n")
        return 0 if p50 - bare_p50 <= GOAL_P50_MS and p99 - bare_p99 <= GOAL_P99_MS else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--pulse", action="store_true")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
