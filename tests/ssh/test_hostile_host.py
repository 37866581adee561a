"""A machine that does what it can to open the microphone unseen, through the real ssh and a real terminal, and fails."""

import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ssh.host import ROOT, Host, needs_sshd, ssh_host
from tests.ssh.laptop import Laptop, laptop
from tests.ssh.test_lent_sound import ASKS
from tests.ssh.test_login import until_gone
from tests.ssh.test_terminal_session import TUICHAT, log_in, type_line
from tests.system.terminal import Terminal, Terminals
from tests.voice.pulse import PulseServer, needs_pulse, pulse_server

pytestmark = [*needs_sshd, *needs_pulse, pytest.mark.slow, pytest.mark.timeout(90)]

SHOWN = "● devbox hears your microphone"
LIMIT_S = 20.0


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with ssh_host("bash") as running:
        running.accounts[0].write("asks.py", ASKS)
        yield running


@pytest.fixture
def pulse() -> Iterator[PulseServer]:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as server:
        server.add_sink("mouth")
        yield server


@pytest.fixture
def visitor(host: Host, pulse: PulseServer) -> Iterator[Laptop]:
    with laptop(*host.accounts) as one:
        one.environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "PULSE_SERVER": pulse.address}
        yield one


@pytest.fixture
def at(visitor: Laptop) -> Iterator[Terminal]:
    with Terminals(visitor.folder, visitor.environment) as terminals:
        settings = visitor.folder / "bashrc"
        settings.write_text("PS1='laptop> '\ncd\n")
        terminal = terminals.open("laptop", ["bash", "--rcfile", str(settings), "-i"], columns=160)
        terminal.wait_for("laptop>")
        yield terminal


def title(terminal: Terminal) -> str:
    return terminal._tmux("display-message", "-p", "-t", terminal.name, "#{pane_title}").strip()


def wait(holds: Callable[[], bool], what: str) -> None:
    deadline_s = time.monotonic() + LIMIT_S
    while not holds():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.02)  # other programs


ASK = f"cd; PYTHONPATH={ROOT} {sys.executable} -P asks.py >said 2>&1"
"""What asks for the microphone there."""


def stop(visitor: Laptop, pulse: PulseServer) -> None:
    """Have `tuichat bridge stop` close the microphone at once."""
    done = visitor.run(sys.executable, "-P", "-m", "tuichat", "bridge", "stop")
    assert done.returncode == 0, done.stderr
    assert pulse.recording_streams() == 0


@pytest.mark.parametrize(
    "hostile",
    [
        r"\033]2;held open",
        r"\033P1;2|held open",
        r"\033_held open",
        r"\033[1;2",
        r"\033]2;theirs\007\033[3",
        r"\033Ptmux;\033\033]2;theirs\007",
    ],
    ids=["title", "dcs", "apc", "csi", "title and csi", "passed through"],
)
def test_the_title_says_who_hears_whatever_is_held_open(
    at: Terminal, visitor: Laptop, pulse: PulseServer, hostile: str
) -> None:
    type_line(at, "clear")
    log_in(at)
    type_line(at, f"{ASK} & printf {shlex.quote(hostile)}; sleep 1000")
    wait(lambda: pulse.recording_streams() == 1, "the microphone opens")
    wait(lambda: title(at) == SHOWN, "the title shows it")
    stop(visitor, pulse)
    wait(lambda: title(at) != SHOWN, "the title is given back")


@pytest.mark.parametrize(
    ("hostile", "after"),
    [
        (r"\033]2;theirs\007\033[", "m"),
        (r"\033\n]2;theirs\007", ""),
        (r"\033\177]2;theirs\007", ""),
        (r"\033\000]2;theirs\007", ""),
        (r"\033\377]2;theirs\007", ""),
        (r"\033_theirs\033\\", ""),
    ],
    ids=["and csi", "a control inside", "del inside", "nul inside", "a high byte inside", "apc"],
)
def test_who_changes_the_title_all_the_time_does_not_keep_it(
    at: Terminal, pulse: PulseServer, hostile: str, after: str
) -> None:
    type_line(at, "clear")
    log_in(at)
    type_line(at, ASK + f" & while printf {shlex.quote(hostile)}; do sleep 0.05; printf '{after}'; done")
    wait(lambda: pulse.recording_streams() == 1, "the microphone opens")
    wait(lambda: title(at) == SHOWN, "the title shows it")
    seen = [title(at) for _times in range(40)]
    assert seen.count(SHOWN) == len(seen), "in the same write as theirs"


@pytest.mark.parametrize("name", ["vt102", "linux-16color", "screen"])
def test_a_terminal_that_shows_no_title_has_no_microphone(
    at: Terminal, host: Host, pulse: PulseServer, name: str
) -> None:
    said = host.accounts[0].folder / "said"
    said.unlink(missing_ok=True)
    type_line(at, f"clear; unset TMUX; export TERM={name}")
    log_in(at)
    at.wait_for("Nothing here can show that the microphone is open")
    type_line(at, ASK)
    wait(lambda: said.exists() and "allow --unseen devbox" in said.read_text(), "the machine hears why")
    assert pulse.recording_streams() == 0


def test_suspended_it_has_no_microphone_and_stop_keeps_it_closed(at: Terminal, host: Host, pulse: PulseServer) -> None:
    type_line(at, "clear")
    log_in(at)
    type_line(at, f"{ASK} & sleep 1000")
    wait(lambda: pulse.recording_streams() == 1, "the microphone opens")
    at.press("Enter")
    at.press("~", "C-z")
    at.wait_for("Stopped")
    wait(lambda: pulse.recording_streams() == 0, "the microphone closes")
    assert title(at) != SHOWN
    type_line(at, f"{TUICHAT} bridge stop")
    at.wait_for("is suspended. Its microphone is closed")
    type_line(at, "fg")
    said = host.accounts[0].folder / "said"
    wait(lambda: "was stopped on your laptop" in said.read_text(), "the machine hears why")
    assert pulse.recording_streams() == 0
    assert title(at) != SHOWN


def test_plain_ssh_is_shown_by_the_desktop_and_stopped(visitor: Laptop, host: Host, pulse: PulseServer) -> None:
    shown = visitor.folder / "shown"
    programs = Path(visitor.environment["PATH"].split(":")[0])
    for name, script in (
        ("notify-send", f'echo "$@" >>{shown}'),
        ("tuichat", f'exec {sys.executable} -P -m tuichat "$@"'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{script}\n")
        (programs / name).chmod(0o700)
    visitor.environment["DISPLAY"] = ":0"
    for words in (("config", "devbox", "--write"), ("allow", "devbox")):
        assert visitor.run("tuichat", "bridge", *words).returncode == 0
    with visitor.start(
        "ssh", "-tt", "devbox", f"until ls .cache/tuichat/ssh-*.sock; do sleep 0.1; done; {ASK}"
    ) as session:
        try:
            wait(lambda: pulse.recording_streams() == 1, "the microphone opens")
            wait(lambda: shown.exists() and "devbox hears your microphone" in shown.read_text(), "the desktop shows it")
            stop(visitor, pulse)
        finally:
            session.terminate()
    wait(lambda: "devbox does not hear your microphone any more" in shown.read_text(), "the desktop shows the end")
    until_gone(host.accounts[0])


def test_plain_ssh_without_a_desktop_has_no_microphone(visitor: Laptop, host: Host, pulse: PulseServer) -> None:
    program = Path(visitor.environment["PATH"].split(":")[0]) / "tuichat"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m tuichat "$@"\n')
    program.chmod(0o700)
    for words in (("config", "devbox", "--write"), ("allow", "devbox")):
        assert visitor.run("tuichat", "bridge", *words).returncode == 0
    said = host.accounts[0].folder / "said"
    said.unlink(missing_ok=True)
    with visitor.start(
        "ssh", "-tt", "devbox", f"until ls .cache/tuichat/ssh-*.sock; do sleep 0.1; done; {ASK}"
    ) as session:
        try:
            wait(lambda: said.exists() and "allow --unseen devbox" in said.read_text(), "the machine hears why")
            assert pulse.recording_streams() == 0
        finally:
            session.terminate()
    until_gone(host.accounts[0])


def test_a_machine_that_holds_plain_ssh_open_has_no_sound_after_the_last_session(
    visitor: Laptop, host: Host, pulse: PulseServer
) -> None:
    program = Path(visitor.environment["PATH"].split(":")[0]) / "tuichat"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m tuichat "$@"\n')
    program.chmod(0o700)
    for words in (("config", "devbox", "--write"), ("allow", "--unseen", "devbox")):
        assert visitor.run("tuichat", "bridge", *words).returncode == 0
    # Without a terminal what runs there is not ended with its session: so the keeper's shell never finds itself alone.
    with visitor.start("ssh", "devbox", f"until ls .cache/tuichat/ssh-*.sock; do sleep 0.1; done; {ASK}") as session:
        try:
            wait(lambda: pulse.recording_streams() == 1, "the microphone opens")
        finally:
            session.terminate()
    wait(lambda: pulse.recording_streams() == 0, "the microphone closes")
    until_gone(host.accounts[0])
