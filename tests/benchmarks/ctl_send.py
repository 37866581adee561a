"""Times `tuichat ctl send` from its start to its end, when its message is on the server: python -m tests.benchmarks.ctl_send [RUNS]."""

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

from tests.automation.ctl.ctl_client import at_socket
from tests.system.ctl_site import ctl_site
from tests.system.script_site import ScriptSite

GOAL_MS = 60.0
RUNS = 40


def run(words: list[str], site: ScriptSite) -> tuple[float, float]:
    """Return the wall time of a command and the processor time that it used, in milliseconds."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    begin = time.perf_counter()
    pid = os.posix_spawn(words[0], words, site.home.environment, file_actions=quiet)
    _pid, status, used = os.wait4(pid, 0)
    wall_s = time.perf_counter() - begin
    if status != 0:
        raise SystemExit(f"{words} ended with {status}")
    return wall_s * 1000, (used.ru_utime + used.ru_stime) * 1000


async def measure(runs: int) -> dict[str, list[tuple[float, float]]]:
    """Return what each thing took: whole commands, what Python alone takes, and what the socket does without it."""
    found: dict[str, list[tuple[float, float]]] = {}
    async with ctl_site() as site:
        (path,) = (site.home.folder / "run" / "tuichat").glob("ctl-*.sock")
        python = sys.executable
        tuichat = str(Path(python).with_name("tuichat"))  # as it is installed
        loads = "import tuichat.automation.ctl.client"
        for number in range(runs):
            for name, words in (
                ("ctl send", [tuichat, "ctl", "send", "#general", f"message {number}"]),
                ("ctl status", [tuichat, "ctl", "status"]),
                ("ctl ptt up", [tuichat, "ctl", "ptt", "up"]),
                ("python -c pass", [python, "-P", "-c", "pass"]),
                ("  and its imports", [python, "-P", "-c", loads]),
            ):
                found.setdefault(name, []).append(await asyncio.to_thread(run, words, site))
            async with at_socket(path) as client:
                begin = time.perf_counter()
                answer = await client.answer(op="send", to="#general", text="by itself")
                found.setdefault("  request, answer", []).append(((time.perf_counter() - begin) * 1000, 0.0))
                if answer["code"] != 0:
                    raise SystemExit(answer["say"])
        if len(await site.texts()) != runs * 2:
            raise SystemExit("not every message arrived")
    return found


def main(arguments: list[str]) -> int:
    runs = int(arguments[0]) if arguments else RUNS
    found = asyncio.run(measure(runs))
    for name, times in found.items():
        walls = [wall for wall, _used in times]
        used = statistics.median(each for _wall, each in times)
        high = statistics.quantiles(walls, n=20)[-1]
        print(
            f"{name:18} p50 {statistics.median(walls):6.1f} ms   p95 {high:6.1f} ms   least {min(walls):6.1f} ms   "
            f"of a processor {used:5.1f} ms"
        )
    median = statistics.median(wall for wall, _used in found["ctl send"])
    print(f"goal {GOAL_MS:.0f} ms ({runs} runs): {'met' if median <= GOAL_MS else 'missed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
