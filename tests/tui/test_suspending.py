"""Ctrl+Z gives the terminal back to a real shell, and `fg` brings the screen as it was."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyte
import pytest

from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle
from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import running
from tests.tui.test_terminal import LEAVING, QUIT, terminal, until_shown
from tuichat.tui.keys import BY_ID

pytestmark = pytest.mark.slow  # each waits seconds for its terminal

PROMPT = "shell> "
COLUMNS, ROWS = 100, 30
# What a terminal must be told to send mouse, pastes, focus and all keys, and to keep the shell's lines and title.
BEGINNING = [
    *(f"\x1b[?{mode}h" for mode in (1049, 1000, 1002, 1004, 1006, 2004)),
    "\x1b[>25u",
    "\x1b[22;2t",
    "\x1b]2;",
]
SUSPEND = "\x07z"  # the leader and z
OUT_OF_COMPOSER = "\x1b[17;2~"


class Shell:
    """A shell with job control in a terminal, the screen its job; `since` is a place in what was written."""

    def __init__(self, opened: PtyTerminal) -> None:
        self.terminal = opened

    def mark(self) -> int:
        return len(self.terminal.received)

    def written(self, since: int) -> str:
        return bytes(self.terminal.received[since:]).decode(errors="replace")

    def wait_for(self, text: str, since: int) -> None:
        pump([self.terminal], lambda: text in self.written(since), text, 15.0)

    def screen_since(self, since: int, columns: int = COLUMNS, rows: int = ROWS) -> list[str]:
        """Return what a terminal shows that knows nothing of what was written before."""
        screen = pyte.Screen(columns, rows)
        pyte.ByteStream(screen).feed(bytes(self.terminal.received[since:]))
        return [line.rstrip() for line in screen.display]

    def suspend(self, keys: str = SUSPEND) -> int:
        start = self.mark()
        self.terminal.press(keys)
        self.wait_for("Stopped", start)
        return start

    def foreground(self) -> int:
        """Say `fg`, and return where the screen begins again."""
        start = self.mark()
        self.terminal.press("fg\r")
        self.wait_for("\x1b[?1049h", start)
        return start + self.written(start).index("\x1b[?1049h")

    @property
    def job_pid(self) -> int:
        shell_pid = self.terminal.process.pid
        return int(Path(f"/proc/{shell_pid}/task/{shell_pid}/children").read_text().split()[0])


@contextmanager
def shell() -> Iterator[Shell]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PS1": PROMPT, "TERM": "xterm-256color"}
    command = ["bash", "--norc", "--noprofile", "--noediting", "-i"]
    with PtyTerminal(command, environment, columns=COLUMNS, rows=ROWS) as opened:
        person = Shell(opened)
        person.wait_for(PROMPT, 0)
        opened.press(f"{sys.executable} -m tests.tui.pty_app plain\r")
        until_shown(opened, "Message #general")
        yield person


@pytest.mark.parametrize("is_writing", [True, False], ids=["sequence", "ctrl+z in the messages"])
def test_screen_comes_back_whole_with_its_modes(is_writing: bool) -> None:
    with shell() as person:
        person.terminal.press("half a line")
        until_shown(person.terminal, "half a line")
        if not is_writing:
            person.terminal.press(OUT_OF_COMPOSER)
            until_shown(person.terminal, "↑↓ select")
        left = person.suspend(SUSPEND if is_writing else "\x1a")
        for sequence in LEAVING:
            assert sequence in person.written(left), f"{sequence!r} was not written"
        start = person.mark()
        person.terminal.press("stty -a | grep -o ' icanon'; echo plain-$((40+2))\r")
        person.wait_for("plain-42", start)
        assert " icanon\r\n" in person.written(start)
        back = person.foreground()
        person.wait_for("half a line", back)
        settle([person.terminal], 0.3, 2.0)
        for sequence in BEGINNING:
            assert sequence in person.written(back), f"{sequence!r} was not written"
        whole = person.screen_since(back)
        assert "▌▄▄▄▄▄   Textual Labs              # general" in whole[1]
        assert any("on it, joining #standup in a minute (edited)" in line for line in whole)
        assert any("voice-engine" in line for line in whole)
        assert all(PROMPT not in line and "Stopped" not in line for line in whole)
        start = person.mark()
        person.terminal.press(QUIT)
        person.wait_for(PROMPT, start)


def test_terminal_that_was_resized_meanwhile_gets_the_screen_of_its_size() -> None:
    with shell() as person:
        person.suspend()
        person.terminal.resize(64, 20)
        back = person.foreground()
        person.wait_for("\x1b[20;", back)
        settle([person.terminal], 0.3, 2.0)
        lines = person.screen_since(back, 64, 20)
        assert lines[0].endswith("● 412")
        assert lines[18].endswith("─╯")
        assert lines[19].startswith(" enter send")


def test_in_the_background_it_waits_and_a_kill_ends_it_without_a_word() -> None:
    with shell() as person:
        person.suspend()
        start = person.mark()
        person.terminal.press("bg\r")
        settle([person.terminal], 0.6, 2.0)
        person.terminal.press("jobs\r")
        person.wait_for("Stopped", start)
        back = person.foreground()
        person.wait_for("essage #general", back)
        person.suspend()
        start, job = person.mark(), Path(f"/proc/{person.job_pid}")
        person.terminal.press("kill %1\r")
        pump([person.terminal], lambda: not job.exists(), "end", 15.0)
        person.terminal.press("\r")
        person.wait_for(f"Exit {128 + signal.SIGTERM}", start)
        assert "\x1b[?1049" not in person.written(start)


def test_stop_from_outside_leaves_a_screen_that_works_again() -> None:
    with shell() as person:
        start = person.mark()
        os.kill(person.job_pid, signal.SIGSTOP)
        person.wait_for("Stopped", start)
        back = person.foreground()
        for sequence in BEGINNING:
            person.wait_for(sequence, back)
        person.terminal.press("written after")
        person.wait_for("after", back)
        start = person.mark()
        person.terminal.press(QUIT)
        person.wait_for(PROMPT, start)
        assert person.written(start).count("\x1b[?1049l") == 1


def test_without_a_shell_it_stays_and_says_so() -> None:
    with terminal("plain") as opened:
        until_shown(opened, "Message #general")
        opened.press(SUSPEND)
        until_shown(opened, "There is no shell here")
        os.kill(opened.process.pid, signal.SIGTSTP)
        opened.press("still there")
        until_shown(opened, "still there")


async def test_ctrl_z_takes_a_step_back_where_text_is_written() -> None:
    async with running(FakeClient(sample_state())) as shown:
        stops: list[bool] = []
        shown.app.action_suspend = lambda: stops.append(True)  # type: ignore[method-assign]
        await shown.type("words")
        await shown.press("ctrl+z")
        assert shown.chat.composer.text == ""
        assert not stops
        await shown.press("shift+f6", "ctrl+z")
        assert stops
    assert "ctrl+z" in BY_ID["composer.undo"].keys


async def test_servers_are_looked_for_at_once_when_it_goes_on() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.app.app_resume_signal.publish(shown.app)
        await shown.settle()
        assert ("reconnect",) in shown.client.asked
