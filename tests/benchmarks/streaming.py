"""What a busy channel costs a real terminal: `python -m tests.benchmarks.streaming [--seconds N] [--link on|off]`.

A pseudo-terminal of 120x36 in which 100 messages come each second into the channel that is shown, while keys are
typed: the share of a core, KB a second to the terminal, and how long a key takes until its letter is written.
"""

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle

RATE = 100
LETTERS = "QZXJKVY"
KEY_INTERVAL_S = 0.21  # not in step with the frames
QUIT = "\x11"


def cpu_s(process_id: int) -> float:
    """Return the CPU time of a process so far, in seconds (proc_pid_stat(5), fields 14 and 15)."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(seconds: float, link: str) -> dict[str, float]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm-256color"}
    environment |= {"COLORTERM": "truecolor", "TUICHAT_TEST_SLOW_LINK": link}
    command = [sys.executable, "-m", "tests.tui.pty_app", "stream"]
    with PtyTerminal(command, environment) as terminal:
        pump([terminal], lambda: "streamed 20" in terminal.screen(), "messages")
        settle([terminal], 10, 2)  # what starts late has started
        waits_ms: list[float] = []
        began_s, began_cpu_s, began_bytes = time.perf_counter(), cpu_s(terminal.process.pid), len(terminal.received)
        number = 0
        while time.perf_counter() - began_s < seconds:
            letter = LETTERS[number % len(LETTERS)]
            number += 1
            start = len(terminal.received)
            pressed_s = terminal.press(letter)

            def is_written(start: int = start, letter: str = letter) -> bool:
                return letter.encode() in terminal.text_since(start)

            waits_ms.append((pump([terminal], is_written, "echo") - pressed_s) * 1000)
            settle([terminal], 10, KEY_INTERVAL_S)
        took_s = time.perf_counter() - began_s
        found = {
            "core %": 100 * (cpu_s(terminal.process.pid) - began_cpu_s) / took_s,
            "KB/s": (len(terminal.received) - began_bytes) / took_s / 1000,
            "key p50 ms": statistics.median(waits_ms),
            "key p99 ms": statistics.quantiles(waits_ms, n=100)[98],
        }
        terminal.press(QUIT)
        return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--link", choices=("auto", "on", "off"), default=None)
    arguments = parser.parse_args()
    for link in (arguments.link,) if arguments.link else ("auto", "on", "off"):
        found = measure(arguments.seconds, link)
        words = ", ".join(f"{name} {value:.1f}" for name, value in found.items())
        sys.stdout.write(f"{RATE} messages/s, slow link {link}: {words}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
