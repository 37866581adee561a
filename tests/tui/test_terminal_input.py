"""What a person does at a real terminal, byte by byte as terminals tell it: by itself, and with a real tmux in between."""

import base64
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle

pytestmark = pytest.mark.slow  # each waits seconds for its terminal

LIMIT_S = 20.0
SETTINGS = (
    "set -g status off",
    "set -g focus-events on",
    "set -g set-clipboard on",
    "set -g default-terminal tmux-256color",
    "set -g escape-time 20",
)
LEFT, WHEEL_UP, WHEEL_DOWN, MOVED = 0, 64, 65, 32  # SGR mouse protocol, xterm's ctlseqs
QUIT = "\x11"


class Person:
    """Somebody at a terminal in which the screen runs."""

    def __init__(self, opened: PtyTerminal) -> None:
        self.terminal = opened

    def press(self, keys: str) -> None:
        self.terminal.press(keys)

    def sees(self, *texts: str) -> str:
        """Wait until all of these are shown, and return the screen."""
        pump([self.terminal], lambda: all(text in self.terminal.screen() for text in texts), str(texts), LIMIT_S)
        return self.terminal.screen()

    def sees_no(self, text: str) -> str:
        pump([self.terminal], lambda: text not in self.terminal.screen(), f"end of {text}", LIMIT_S)
        return self.terminal.screen()

    def rests(self) -> None:
        settle([self.terminal], 0.3, 3.0)

    def place(self, text: str) -> tuple[int, int]:
        """Return the cell of a text, from 1 as terminals count."""
        for row, line in enumerate(self.terminal.screen().splitlines(), 1):
            if text in line:
                return cell_len(line[: line.index(text)]) + 1, row
        raise AssertionError(f"{text!r} is not on the screen:\n{self.terminal.screen()}")

    def mouse(self, button: int, place: tuple[int, int], *, is_released: bool = False) -> None:
        self.press(f"\x1b[<{button};{place[0]};{place[1]}{'m' if is_released else 'M'}")

    def click(self, text: str) -> None:
        place = self.place(text)
        self.mouse(LEFT, place)
        self.mouse(LEFT, place, is_released=True)

    def bells(self) -> int:
        """Return how often the terminal rang; titles and the like end by the same byte."""
        return len(re.sub(rb"\x1b\][^\x07\x1b]*(\x07|\x1b\\)", b"", bytes(self.terminal.received)).split(b"\x07")) - 1


@contextmanager
def at_terminal(kind: str, mode: str, columns: int, rows: int) -> Iterator[Person]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
    }
    command = [sys.executable, "-m", "tests.tui.pty_app", mode]
    folder = Path(tempfile.mkdtemp(prefix="tc-"))
    tmux = ["tmux", "-u", "-S", str(folder / "tmux"), "-f", str(folder / "conf")]
    if kind == "tmux":
        (folder / "conf").write_text("\n".join(SETTINGS) + "\n")
        command = [*tmux, "new-session", f"exec {shlex.join(command)}"]
    try:
        with PtyTerminal(command, environment, columns=columns, rows=rows) as opened:
            person = Person(opened)
            person.sees("Message #general")
            yield person
            person.press("\x1b")
            person.rests()
            person.press(QUIT)
            while opened.process.poll() is None:
                settle([opened], 0.05, 0.2)
            assert opened.process.returncode == 0
    finally:
        if kind == "tmux":
            subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["bare", pytest.param("tmux", marks=pytest.mark.system)])
def kind(request: pytest.FixtureRequest) -> str:
    if request.param == "tmux" and shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    return str(request.param)


def test_keys_of_every_kind_arrive(kind: str) -> None:
    with at_terminal(kind, "plain", 120, 36) as person:
        person.press("wörds 日本")
        person.sees("wörds 日本")
        person.press("\x7f\x7f!\x1b[D\x1b[D?")  # backspace, arrow
        person.sees("wörds? !")
        person.press("\x15")  # ctrl+u
        person.sees("Message #general")
        person.press("\x1bOP")  # f1
        person.sees("Send what you wrote")
        person.press("\x1b")
        person.sees_no("Send what you wrote")
        person.press("\x1b[1;3B")  # alt+down
        person.sees("Message #voice-engine")
        person.press("\x1b[5~")  # page up
        person.press("\x1bOQ")  # f2
        person.sees_no("invite someone")
        person.press("\x0b")  # ctrl+k
        person.rests()
        person.press("rand\r")
        person.sees("Message #random")


def test_paste_is_text_and_no_keys(kind: str) -> None:
    with at_terminal(kind, "plain", 120, 36) as person:
        person.press("\x1b[200~first line\nsecond\tline \x11\x1bOP third\x1b[201~")
        person.sees("│ first line", "OP third")
        person.rests()
        screen = person.terminal.screen()
        assert "Send what you wrote" not in screen  # no help
        assert "second" in screen
        assert screen.count("▎ first line") == 0, "nothing was sent"
        person.press("\x15\x15\x15")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 50)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_resize_draws_the_screen_anew(kind: str, size: tuple[int, int]) -> None:
    columns, rows = size
    with at_terminal(kind, "plain", 120, 36) as person:
        person.press("kept words")
        person.sees("kept words")
        person.terminal.resize(columns, rows)
        pump(
            [person.terminal], lambda: "enter send" in person.terminal.screen().splitlines()[-1], "the footer", LIMIT_S
        )
        person.rests()
        lines = person.terminal.screen().splitlines()
        assert "│ kept words" in "\n".join(lines)
        assert sum("enter send   " in line for line in lines) == 1
        assert sum("─╯" in line for line in lines) == 1
        assert next(line for line in lines if "─╯" in line).rstrip().endswith("─╯")
        person.terminal.resize(120, 36)
        pump(
            [person.terminal], lambda: "enter send" in person.terminal.screen().splitlines()[-1], "the footer", LIMIT_S
        )
        person.sees("kept words", "voice-engine", "standup")
        person.press("\x15")


def test_what_comes_while_one_looks_elsewhere_rings_and_else_it_does_not(kind: str) -> None:
    with at_terminal(kind, "called-here", 120, 36) as person:
        person.press("\x1b[I")
        person.sees("call 3.")
        assert person.bells() == 0
        person.press("\x1b[O")
        pump([person.terminal], lambda: person.bells() > 0, "a bell", LIMIT_S)
        person.press("\x1b[I")
        person.rests()
        rung = person.bells()
        last = max(int(number) for number in re.findall(r"call (\d+)\.", person.terminal.screen()))
        person.sees(f"call {last + 3}.")
        assert person.bells() == rung


def test_click_wheel_and_drag(kind: str) -> None:
    with at_terminal(kind, "plain", 100, 24) as person:
        person.rests()
        place = person.place("on it, joining")
        for _ in range(4):
            person.mouse(WHEEL_UP, place)
        person.sees("numbers: https://")
        for _ in range(8):
            person.mouse(WHEEL_DOWN, place)
        person.sees("the new numbers look great")
        person.rests()
        start, _ = person.place("the new numbers")
        row = person.place("the new numbers")[1]
        person.mouse(LEFT, (start, row))
        for step in (4, 10, 15):
            person.mouse(LEFT + MOVED, (start + step, row))
        person.mouse(LEFT, (start + 15, row), is_released=True)
        copied = base64.b64encode(b"the new numbers")
        pump([person.terminal], lambda: copied in person.terminal.received, "what was selected", LIMIT_S)
        person.click("voice-engine")
        person.sees("Message #voice-engine")
