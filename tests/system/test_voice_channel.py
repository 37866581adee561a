"""A voice channel on a real screen: what it says, and an engine that is killed under it."""

import os
import re
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks.people import ENTER, QUIT, open_screen, shows, signed_in_homes
from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle
from tests.system.fresh_home import FreshHome
from tests.voice.libraries import needs_voice

pytestmark = [*needs_voice, pytest.mark.slow, pytest.mark.timeout(120)]

ENGINE = b"tuichat.voice.engine"
SWITCH_CHANNEL = "\x0b"  # Ctrl-K
F8, JOIN_OR_LEAVE = "\x1b[19~", "\x1bc"  # the latter Alt-C
LIMIT_S = 30.0


def engines_of(pid: int) -> set[int]:
    """Return the audio engines that a process has started and that run."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid and fields[0] != "Z" and ENGINE in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


@pytest.fixture(scope="module")
def home() -> Iterator[FreshHome]:
    with signed_in_homes("alice", "bob") as made:
        yield made


@pytest.fixture
def terminal(home: FreshHome) -> Iterator[PtyTerminal]:
    with open_screen(home, "alice") as opened:
        pump([opened], lambda: shows(opened, "# general", "● online"), "the channels", LIMIT_S)
        yield opened


def go_to(terminal: PtyTerminal, channel: str) -> None:
    terminal.press(SWITCH_CHANNEL)
    settle([terminal], 0.3, 1.0)
    terminal.press(channel)
    settle([terminal], 0.3, 1.0)
    terminal.press(ENTER)


@pytest.mark.parametrize("channel", ["Lounge", "Stage"])
def test_its_page_offers_to_join_and_says_what_the_engine_is(terminal: PtyTerminal, channel: str) -> None:
    go_to(terminal, channel)
    pump([terminal], lambda: shows(terminal, "JOIN", "protocol"), "voice channel", LIMIT_S)


def test_a_killed_engine_is_started_again_and_ends_with_the_screen(terminal: PtyTerminal) -> None:
    go_to(terminal, "Lounge")
    pump([terminal], lambda: shows(terminal, "protocol"), "engine's version", LIMIT_S)
    (first,) = engines_of(terminal.process.pid)
    os.kill(first, signal.SIGKILL)
    pump([terminal], lambda: bool(engines_of(terminal.process.pid) - {first}), "another engine", LIMIT_S)
    pump([terminal], lambda: shows(terminal, "JOIN", "protocol"), "engine's version again", LIMIT_S)
    (second,) = engines_of(terminal.process.pid)
    terminal.press(QUIT)
    with pytest.raises(EOFError):
        pump([terminal], lambda: False, "end", LIMIT_S)
    terminal.process.wait(LIMIT_S)
    assert not Path(f"/proc/{second}").exists()


def test_two_screens_meet_in_a_call_and_see_each_other_mute_and_leave(home: FreshHome) -> None:
    """Without any sound device: chat, place and marks do not need one."""
    with open_screen(home, "alice") as alice, open_screen(home, "bob") as bob:
        both = [alice, bob]
        for terminal in both:
            pump(both, partial(shows, terminal, "# general", "● online"), "the channels", LIMIT_S)
            go_to(terminal, "general")  # a layout of before may have another open
            pump(both, partial(shows, terminal, "Message #general"), "the composer", LIMIT_S)
            terminal.press("/call join #Lounge")
            settle(both, 0.3, 1.0)
            terminal.press(ENTER)
        for terminal in both:
            pump(both, partial(shows, terminal, "○ alice", "○ bob"), "both in the list of channels", LIMIT_S)
            pump(both, partial(shows, terminal, "encrypted to the server"), "the strip of a call", LIMIT_S)
        alice.press(F8)
        pump(both, lambda: bool(re.search(r"alice +✕", bob.screen())), "that alice is muted", LIMIT_S)
        alice.press(F8)
        pump(both, lambda: not re.search(r"alice +✕", bob.screen()), "that alice is heard again", LIMIT_S)
        alice.press(JOIN_OR_LEAVE)
        pump(both, lambda: not shows(alice, "encrypted to the server"), "no strip", LIMIT_S)
        pump(both, lambda: not shows(bob, "○ alice"), "that alice has left", LIMIT_S)
        for terminal in both:
            terminal.press(QUIT)
