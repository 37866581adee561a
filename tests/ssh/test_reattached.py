"""A tuichat that goes on in tmux is attached again from another laptop: the call is still there, and heard where one sits now."""

import contextlib
import json
import os
import shlex
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.pty_terminal import PtyTerminal, pump
from tests.ssh.host import ROOT, Account, needs_sshd, ssh_host
from tests.ssh.laptop import NAME, Laptop, laptop
from tests.ssh.lent_sound import allow
from tests.voice.libraries import needs_opus

pytestmark = [
    *needs_opus,
    *needs_sshd,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: make test-deps"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
]

LIMIT_S = 45.0
TMUX = "tmux -u -f /dev/null -L talk"
APP = f"cd / && exec env PYTHONPATH={ROOT} LANG=C.UTF-8 {shlex.quote(sys.executable)} -P -m tuichat"


class Seat:
    """Somebody at a laptop, logged in by `tuichat ssh`, whose microphone is a file."""

    def __init__(self, terminal: PtyTerminal) -> None:
        self.terminal = terminal

    def sees(self, *texts: str) -> None:
        for text in texts:
            pump([self.terminal], lambda: text in self.terminal.screen(), text, LIMIT_S)  # noqa: B023  # called at once

    def is_heard(self) -> bool:
        """Whether the title of the terminal says that the microphone is open."""
        titles = self.terminal.received.split(b"\x1b]2;")
        return f"● {NAME} hears your microphone".encode() in titles[-1]

    def until_heard(self) -> None:
        pump([self.terminal], self.is_heard, "title of an open microphone", LIMIT_S)

    def is_cut_off(self) -> None:
        """The laptop is shut: its terminal, ssh and all end without a word."""
        os.killpg(self.terminal.process.pid, signal.SIGKILL)


@contextlib.contextmanager
def seat(account: Account, microphone: Path, command: str) -> Iterator[Seat]:
    with laptop(account) as one:
        allow(one, account)
        words = [*tuichat_of(one, microphone), "ssh", "-t", NAME, command]
        with PtyTerminal(one.command(*words), one.environment) as terminal:
            yield Seat(terminal)


def tuichat_of(one: Laptop, microphone: Path) -> list[str]:
    engine = [
        *(sys.executable, "-m", "tests.benchmarks.clocked_engine"),
        *("--microphone", str(microphone), "--log", str(one.folder / "engine.npz")),
    ]
    return [sys.executable, "-m", "tests.ssh.engine_of_test", json.dumps(engine)]


def test_reattached_in_tmux_from_another_laptop(tmp_path: Path) -> None:
    microphone = tmp_path / "voice.raw"
    microphone.write_bytes(bytes(96_000))
    with ssh_host("bash") as host:
        account = host.accounts[0]
        with seat(account, microphone, f"exec {TMUX} new-session -s talk {shlex.quote(APP)}") as first:
            first.sees("Display name", "Ready")
            first.terminal.press("\r")
            first.sees("#general")
            first.terminal.press("/call join #Lounge\r")
            first.sees("laptop · through ssh")
            first.until_heard()
            first.is_cut_off()
        with seat(account, microphone, f"exec {TMUX} attach -t talk") as second:
            second.sees("Lounge", "laptop · through ssh")
            second.until_heard()
