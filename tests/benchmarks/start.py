"""Times `tuichat --version` beside a bare `python -c pass`: python -m tests.benchmarks.start [RUNS]."""

import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

GOAL_MS = 80.0
RUNS = 40


def elapsed_ms(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begin) * 1000


def main(arguments: list[str]) -> int:
    runs = int(arguments[0]) if arguments else RUNS
    beside_python = Path(sys.executable).with_name("tuichat")
    program = str(beside_python) if beside_python.exists() else shutil.which("tuichat")
    if program is None:
        sys.stderr.write("tuichat is not installed beside this Python\n")
        return 1
    commands = {"python -c pass": [sys.executable, "-c", "pass"], "tuichat --version": [program, "--version"]}
    for command in commands.values():
        elapsed_ms(command)  # the first run reads from the disk
    # Taking turns spreads what the machine does besides over both.
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(elapsed_ms(command))
    for name, times in taken.items():
        high = statistics.quantiles(times, n=20)[-1]
        print(f"{name:20} p50 {statistics.median(times):6.1f} ms   p95 {high:6.1f} ms   ({runs} runs)")
    median = statistics.median(taken["tuichat --version"])
    print(f"goal {GOAL_MS:.0f} ms: {'met' if median <= GOAL_MS else 'missed'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
