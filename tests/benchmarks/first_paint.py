"""How fast the screen is there: `python -m tests.benchmarks.first_paint [--runs N]`.

In a pseudo-terminal of 120x36, with the personal server running and a signed-in profile, from the start of the
process: until the first frame with the panes, until the channel's history is shown, until a typed character is
echoed; beside it a bare Textual app's first frame, and `tuichat --version`. Then the memory of the idle screen.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import msgspec

from tests.benchmarks.memory import Memory, memory_of
from tests.benchmarks.people import ENTER, QUIT, open_screen, shows, signed_in_homes
from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle
from tests.system.fresh_home import TUICHAT, FreshHome

BARE_TEXTUAL = """
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("barepaint")

Bare().run()
"""
PAINTED = "ctrl+k"
"""A key that the footer tells, drawn with the first frame of the panes."""

HISTORY = "historymark"
TYPED = "§"
ERASE = "\x7f"
IDLE_S = 5.0


class Start(msgspec.Struct, frozen=True):
    """One start, in milliseconds from the process's beginning."""

    first_paint_ms: float
    history_ms: float
    typing_ms: float
    memory: Memory


def until(terminal: PtyTerminal, is_done: Callable[[], bool], what: str) -> float:
    return (pump([terminal], is_done, what) - terminal.started_s) * 1000


def measure_start(home: FreshHome) -> Start:
    with open_screen(home, "alice") as terminal:
        first_paint_ms = until(terminal, lambda: PAINTED.encode() in terminal.text_since(0), "panes")
        history_ms = until(terminal, lambda: HISTORY.encode() in terminal.text_since(0), "history")
        start = len(terminal.received)
        terminal.press(TYPED)  # one key: several may be drawn apart
        typing_ms = until(terminal, lambda: TYPED.encode() in terminal.text_since(start), "echo")
        terminal.press(ERASE)  # a draft would be part of the next start
        settle([terminal], IDLE_S, IDLE_S)
        memory = memory_of(terminal.process.pid)
        terminal.press(QUIT)
        return Start(first_paint_ms, history_ms, typing_ms, memory)


def measure_bare(home: FreshHome) -> float:
    with PtyTerminal([sys.executable, "-P", "-c", BARE_TEXTUAL], home.environment) as terminal:
        return until(terminal, lambda: b"barepaint" in terminal.text_since(0), "first frame of bare Textual")


def measure_version(home: FreshHome) -> float:
    started_s = time.perf_counter()
    subprocess.run([*TUICHAT, "--version"], env=home.environment, check=True, capture_output=True)
    return (time.perf_counter() - started_s) * 1000


def write_history(home: FreshHome) -> None:
    with open_screen(home, "alice") as terminal:
        pump([terminal], lambda: shows(terminal, "general"), "the channel")
        settle([terminal], 1.0, 10.0)
        terminal.press(HISTORY + ENTER)
        settle([terminal], 1.0, 5.0)
        terminal.press(QUIT)


def row(name: str, values: list[float], unit: str, goal: str) -> None:
    print(
        f"| {name} | {statistics.median(values):.0f} | {min(values):.0f} | {max(values):.0f} | {unit} | {goal} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10)
    runs = range(parser.parse_args().runs)
    with signed_in_homes("alice") as home:
        write_history(home)
        # In turn, so that a busy moment of the machine touches both alike.
        versions, bare, starts = [], [], []
        for _ in runs:
            versions.append(measure_version(home))
            bare.append(measure_bare(home))
            starts.append(measure_start(home))
    print(f"| {len(runs)} starts, {os.cpu_count()} cores | median | least | most | | goal |")
    print("|---|---|---|---|---|---|")
    row("tuichat --version", versions, "ms", "80")
    row("first paint, bare Textual", bare, "ms", "")
    row("first paint with panes", [start.first_paint_ms for start in starts], "ms", "350")
    row("history shown", [start.history_ms for start in starts], "ms", "900")
    row("typing accepted", [start.typing_ms for start in starts], "ms", "900")
    row("resident memory, idle", [start.memory.resident_mib for start in starts], "MiB", "")
    row("proportional memory, idle", [start.memory.proportional_mib for start in starts], "MiB", "")


if __name__ == "__main__":
    main()
