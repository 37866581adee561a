"""Push to talk is held through ssh and tuichat ssh as in a terminal of this machine, with keys that repeat and are let go."""

import contextlib
import shlex
import shutil
import sys
from collections.abc import Iterator

import pytest

from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle
from tests.ssh.host import ROOT, Host, needs_sshd, ssh_host
from tests.ssh.laptop import NAME, Laptop, laptop
from tests.ssh.lent_sound import TUICHAT, allow
from tuichat.tui import key_release

pytestmark = [*needs_sshd, pytest.mark.slow, pytest.mark.timeout(120)]

LIMIT_S = 30.0
APP = f"cd / && exec env PYTHONPATH={ROOT} LANG=C.UTF-8 {shlex.quote(sys.executable)} -m tests.tui.pty_app talking"
IN_TMUX = f"exec tmux -u -f /dev/null -L held new-session {shlex.quote(APP)}"
DOWN, HELD, LET_GO = "\x1b[32;5u", "\x1b[32;5:2u", "\x1b[32;5:3u"  # kitty's protocol: control and space
PLAIN = "\x00"  # the same elsewhere
LET_GO_ENTER = "\x1b[13;1:3u"
QUIT = "\x11"
TALKING, SILENT = " talking ", " talk "


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with ssh_host("bash") as running:
        yield running


@pytest.fixture
def visitor(host: Host) -> Iterator[Laptop]:
    with laptop(host.accounts[0]) as one:
        allow(one, host.accounts[0])
        yield one


class Caller:
    """Somebody at a terminal, in a call on the host."""

    def __init__(self, terminal: PtyTerminal) -> None:
        self.terminal = terminal

    def sees(self, text: str) -> None:
        pump([self.terminal], lambda: text in self.terminal.screen(), text, LIMIT_S)

    def rests(self, quiet_s: float = 0.3) -> str:
        settle([self.terminal], quiet_s, 2.0)
        return self.terminal.screen()


@pytest.fixture(params=["here", "ssh", "tuichat ssh"])
def caller(request: pytest.FixtureRequest, visitor: Laptop) -> Iterator[Caller]:
    command = {
        "here": ["sh", "-c", APP],
        "ssh": visitor.command("ssh", "-t", NAME, APP),
        "tuichat ssh": visitor.command(*TUICHAT, "ssh", "-t", NAME, APP),
    }[request.param]
    with called(visitor, command) as one:
        yield one


@contextlib.contextmanager
def called(visitor: Laptop, command: list[str]) -> Iterator[Caller]:
    with PtyTerminal(command, visitor.environment) as terminal:
        one = Caller(terminal)
        one.sees(SILENT)
        one.rests()
        yield one
        terminal.press(QUIT)
        pump_to_end(terminal)


def pump_to_end(terminal: PtyTerminal) -> None:
    while terminal.process.poll() is None:
        settle([terminal], 0.05, 0.2)
    assert terminal.process.returncode == 0


def test_a_key_that_is_held_talks_until_it_is_let_go(caller: Caller) -> None:
    terminal = caller.terminal
    assert key_release.ASK.encode() in terminal.received, "the laptop's terminal is asked to tell of keys let go"
    terminal.press(LET_GO_ENTER)  # of the command that began the session
    for _ in range(2):
        terminal.press(DOWN)
        caller.sees(TALKING)
        for _repeat in range(4):
            terminal.press(HELD)
            assert TALKING in caller.rests(0.2)  # as slow as after a lost segment: longer than any repeat
        terminal.press(LET_GO)
        caller.sees(SILENT)


def test_the_first_key_of_a_session_is_held_as_well(caller: Caller) -> None:
    caller.terminal.press(DOWN)
    caller.sees(TALKING)
    caller.rests(0.4)  # keyboards begin to repeat after a quarter of a second to a whole one
    caller.terminal.press(HELD)
    assert TALKING in caller.rests()
    caller.terminal.press(LET_GO)
    caller.sees(SILENT)


def test_where_the_terminal_tells_of_no_key_let_go_each_press_is_a_toggle(caller: Caller) -> None:
    caller.terminal.press(PLAIN)
    caller.sees(TALKING)
    assert TALKING in caller.rests()
    caller.terminal.press(PLAIN)
    caller.sees(SILENT)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: make test-deps")
def test_in_tmux_on_the_host_it_is_a_toggle(visitor: Laptop) -> None:
    with called(visitor, visitor.command(*TUICHAT, "ssh", "-t", NAME, IN_TMUX)) as one:
        for shown in (TALKING, SILENT, TALKING, SILENT):
            one.terminal.press(PLAIN)
            one.sees(shown)
            one.rests()
