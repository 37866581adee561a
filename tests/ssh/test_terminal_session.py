"""`tuichat ssh` at a terminal is as ssh at a terminal: its questions, its keys, and a terminal that is as it was."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ssh.host import ROOT, Host, needs_sshd, ssh_host
from tests.ssh.laptop import Laptop, laptop
from tests.ssh.tcp_sockets import sets_nodelay
from tests.ssh.test_login import here, left, until_gone
from tests.system.terminal import Terminal, Terminals

pytestmark = [*needs_sshd, pytest.mark.slow]

THERE = f"bash0@{os.uname().nodename}:"
"""The prompt of the host's shell."""

TUICHAT = f"{sys.executable} -P -m tuichat"


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with ssh_host("bash") as running:
        yield running


@pytest.fixture
def visitor(host: Host) -> Iterator[Laptop]:
    with laptop(*host.accounts) as one:
        one.environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        yield one


@pytest.fixture
def at(visitor: Laptop) -> Iterator[Terminal]:
    with Terminals(visitor.folder, visitor.environment) as terminals:
        settings = visitor.folder / "bashrc"
        settings.write_text("PS1='laptop> '\ncd\n")
        terminal = terminals.open("laptop", ["bash", "--rcfile", str(settings), "-i"], columns=200)
        terminal.wait_for("laptop>")
        type_line(terminal, "stty -a > before")
        clear(terminal)
        yield terminal


def type_line(terminal: Terminal, text: str) -> None:
    terminal.type(text)
    terminal.press("Enter")


def is_as_before(terminal: Terminal) -> None:
    type_line(terminal, "stty -a | cmp - before && echo as be''fore")
    terminal.wait_for("as before")


def clear(terminal: Terminal) -> None:
    type_line(terminal, "clear")
    terminal.wait_until(lambda screen: screen.split() == ["laptop>"], "a prompt alone")


def log_in(terminal: Terminal, *options: str) -> None:
    type_line(terminal, f"{TUICHAT} ssh devbox {' '.join(options)}")
    terminal.wait_for("[y/N]")
    type_line(terminal, "y")
    terminal.wait_for(THERE)


def test_it_asks_once_and_keeps_the_exit_code(at: Terminal, host: Host) -> None:
    log_in(at, "; echo code $?")
    type_line(at, "tty; exit 5")
    at.wait_for("/dev/pts/", "code 5")
    is_as_before(at)
    clear(at)
    type_line(at, f"{TUICHAT} ssh devbox; echo code $?")
    assert "[y/N]" not in at.wait_for(THERE)
    type_line(at, "exit 7")
    at.wait_for("code 7")
    assert left(host.accounts[0]) == []


def test_a_refusal_is_kept_and_the_session_is_plain(at: Terminal, host: Host) -> None:
    type_line(at, f"{TUICHAT} ssh devbox")
    at.wait_for("[y/N]")
    type_line(at, "n")
    at.wait_for("bridge allow", THERE)
    assert left(host.accounts[0]) == []
    type_line(at, "exit")
    at.wait_for("closed.")
    clear(at)
    type_line(at, f"{TUICHAT} ssh devbox")
    assert "[y/N]" not in at.wait_for(THERE)


def test_ctrl_c_at_a_password_ends_all(at: Terminal, visitor: Laptop) -> None:
    type_line(at, f"{TUICHAT} ssh -o PreferredAuthentications=password devbox; echo code $?")
    at.wait_for("[y/N]")
    type_line(at, "y")
    at.wait_for("password:")
    at.press("C-c")
    at.wait_for("code 130")
    is_as_before(at)
    assert here(visitor) == []


def test_questions_about_a_host_key_are_those_of_ssh(at: Terminal, host: Host) -> None:
    type_line(at, f"{TUICHAT} ssh -o StrictHostKeyChecking=ask -o UserKnownHostsFile=/dev/null devbox")
    at.wait_for("authenticity of host", "(yes/no")
    type_line(at, "yes")
    at.wait_for("[y/N]")
    type_line(at, "y")
    at.wait_for(THERE)
    assert len(left(host.accounts[0])) == 2
    assert at.count("authenticity") == 1


def test_ctrl_c_is_for_what_runs_there(at: Terminal) -> None:
    log_in(at)
    type_line(at, "sleep 1000 || echo inter''rupted")
    at.press("C-c")
    at.wait_for("^C")  # whose terminal forgets what was typed until then
    type_line(at, "echo still the''re")
    at.wait_for("still there")


def test_suspended_as_ssh_is(at: Terminal) -> None:
    log_in(at)
    at.press("Enter")
    at.press("~", "C-z")
    at.wait_for("Stopped")
    is_as_before(at)
    type_line(at, "fg")
    type_line(at, "echo back a''gain")
    at.wait_for("back again")


@pytest.mark.parametrize(("signal", "code"), [("TERM", 143), ("HUP", 129)])
def test_terminal_is_restored_when_it_is_told_to_end(at: Terminal, host: Host, signal: str, code: int) -> None:
    type_line(at, f"(sh -c 'echo $PPID' > pid; exec {TUICHAT} ssh devbox); echo code $?")
    at.wait_for("[y/N]")
    type_line(at, "y")
    at.wait_for(THERE)
    pid = int((folder_of(at) / "pid").read_text())
    os.kill(pid, {"TERM": 15, "HUP": 1}[signal])
    at.wait_for(f"code {code}")
    is_as_before(at)
    until_gone(host.accounts[0])


def folder_of(terminal: Terminal) -> Path:
    pid = terminal._tmux("display-message", "-p", "-t", terminal.name, "#{pane_pid}").strip()
    return Path(f"/proc/{pid}/cwd").resolve()


def test_dropped_connection_ends_with_the_exit_code_of_ssh(at: Terminal, host: Host) -> None:
    log_in(at, "; echo code $?")
    for pid in host.login_processes():
        os.kill(pid, 9)
    at.wait_for("code 255")
    is_as_before(at)
    until_gone(host.accounts[0])


def test_both_ends_set_tcp_nodelay(at: Terminal, host: Host) -> None:
    log_in(at)
    there = sets_nodelay(host.login_processes(), host.port)
    assert there
    assert all(there)


def test_title_and_size_pass_through(at: Terminal) -> None:
    log_in(at)
    type_line(at, r"printf '\033]2;from there\007'; stty size")
    at.wait_for("30 200")
    assert at._tmux("display-message", "-p", "-t", at.name, "#{pane_title}").strip() == "from there"
