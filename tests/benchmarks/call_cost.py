"""What a call with four who talk costs a client: `python -m tests.benchmarks.call_cost [--seconds N] [--busy] [--talkers N]`.

One voice process in a room of the real server with others that talk without a pause, and itself too: its share of a core, what its
10 ms ticks were late by at worst, and what was concealed of what it heard. `--busy`: with a screen beside it in which 100 messages
arrive a second; then it fails where a tick was late by more than 10 ms. `make soak` does that for ten minutes.
"""

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.benchmarks.pty_terminal import PtyTerminal
from tests.benchmarks.streaming import cpu_s
from tests.benchmarks.voice_room import Caller, voice_room
from tests.voice.speech import speech_like
from tuichat.voice.audio_protocol import SetGate
from tuichat.voice.call_protocol import CallStatistics

GOAL_CORE_PERCENT = 12
GOAL_LATE_MS = 10.0
SETTLING_S = 5.0
QUIT = "\x11"


class Worst:
    """Follows what the voice process says of itself each second."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self.late_ms: list[float] = []
        self.concealed = 0.0
        self.underruns = 0
        self.heard: set[int] = set()
        self.sent_bytes = 0

    async def follow(self, seconds: float) -> None:
        first = self._now().underruns
        for _ in range(int(seconds)):
            await asyncio.sleep(1)
            now = self._now()
            self.late_ms.append(now.latest_tick_ms)
            self.concealed = max(self.concealed, now.concealed)
            self.heard |= {each.user_id for each in now.people}
            self.sent_bytes += now.sent_bytes_s
            self.underruns = now.underruns - first

    def _now(self) -> CallStatistics:
        call = self._caller.client.voice.call
        assert call is not None
        assert call.statistics is not None
        return call.statistics


@contextlib.asynccontextmanager
async def busy_screen() -> AsyncIterator[None]:
    """A terminal of 120x36 in which 100 messages a second come into the channel that is shown."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm-256color"}
    with PtyTerminal([sys.executable, "-m", "tests.tui.pty_app", "stream"], environment) as terminal:

        async def read_on() -> None:
            while True:
                terminal.read()
                await asyncio.sleep(0.01)

        reading = asyncio.create_task(read_on())
        try:
            yield
        finally:
            reading.cancel()
            terminal.press(QUIT)


class Figures(NamedTuple):
    core_percent: float
    worst: Worst


async def measure(*, talkers: int, seconds: float, is_busy: bool) -> Figures:
    """Hold the call for so long."""
    names = ["me", *(f"talker{number}" for number in range(talkers))]
    with tempfile.TemporaryDirectory(prefix="tc-cost-") as place:
        folder = Path(place)
        for seed, name in enumerate(names):
            samples = (speech_like(20.0, seed + 1) * 32767).astype(np.int16)
            (folder / f"{name}.raw").write_bytes(samples.tobytes())

        def command(name: str) -> list[str]:
            program = [sys.executable, "-m", "tests.benchmarks.clocked_engine"]
            return [*program, "--microphone", str(folder / f"{name}.raw"), "--log", str(folder / f"{name}.npz")]

        async with voice_room(names, command) as room, contextlib.AsyncExitStack() as stack:
            for caller in room.callers:
                caller.engine.ask(SetGate("open"))
            await room.join_all()
            if is_busy:
                await stack.enter_async_context(busy_screen())
            await asyncio.sleep(SETTLING_S)
            me = room.callers[0]
            worst = Worst(me)
            began_s, began_cpu_s = time.monotonic(), cpu_s(me.pid)
            await worst.follow(seconds)
            return Figures(100 * (cpu_s(me.pid) - began_cpu_s) / (time.monotonic() - began_s), worst)


def tell(options: argparse.Namespace, figures: Figures) -> int:
    """Print the figures, and return the exit status."""
    core_percent, worst = figures
    late = [each for each in worst.late_ms if each >= GOAL_LATE_MS]
    sys.stdout.write(
        f"{options.talkers} talk{' beside a busy screen' if options.busy else ''}: {core_percent:.1f} % of a core "
        f"(goal {GOAL_CORE_PERCENT}); latest tick {max(worst.late_ms):.1f} ms, {len(late)} of {len(worst.late_ms)} seconds with "
        f"one of {GOAL_LATE_MS:g} ms or more; {worst.underruns} underruns; {100 * worst.concealed:.1f} % concealed at worst\n"
    )
    return 1 if (late if options.busy else core_percent > GOAL_CORE_PERCENT) else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--talkers", type=int, default=4)
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    figures = asyncio.run(measure(talkers=options.talkers, seconds=options.seconds, is_busy=options.busy))
    return tell(options, figures)


if __name__ == "__main__":
    sys.exit(main())
