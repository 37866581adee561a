"""Times `tuichat send` from its start to its end, when its message is on the server: python -m tests.benchmarks.script_send [RUNS]."""

import asyncio
import os
import statistics
import sys
import time

from tests.system.script_site import script_site

GOAL_MS = 500.0
RUNS = 20


async def measure(runs: int) -> tuple[list[float], list[float]]:
    """Return for each run the wall time, and the processor time of the command, in milliseconds."""
    walls: list[float] = []
    processors: list[float] = []
    async with script_site("--no-rate-limits") as site:
        await site.tuichat("send", "#general", "the first reads from the disk")
        for number in range(runs):
            before, begin = os.times(), time.perf_counter()
            done = await site.tuichat("send", "#general", f"message {number}")
            walls.append((time.perf_counter() - begin) * 1000)
            after = os.times()
            used_s = after.children_user + after.children_system - before.children_user - before.children_system
            processors.append(used_s * 1000)
            if done.returncode != 0:
                raise SystemExit(done.stderr)
        if len(await site.texts()) != runs + 1:
            raise SystemExit("not every message arrived")
    return walls, processors


def main(arguments: list[str]) -> int:
    runs = int(arguments[0]) if arguments else RUNS
    walls, processors = asyncio.run(measure(runs))
    high = statistics.quantiles(walls, n=20)[-1]
    median = statistics.median(walls)
    print(f"tuichat send  p50 {median:6.1f} ms   p95 {high:6.1f} ms   ({runs} runs)")
    print(f"of a processor  p50 {statistics.median(processors):6.1f} ms")
    print(f"goal {GOAL_MS:.0f} ms: {'met' if median <= GOAL_MS else 'missed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
