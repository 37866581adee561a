"""The laptop asks once for each machine: another one that takes its name, or lies behind another jump host, is asked for anew."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, Host, needs_sshd, ssh_host
from tests.ssh.laptop import Laptop, laptop
from tests.ssh.test_login import here, left
from tests.system.terminal import Terminal, Terminals

pytestmark = [*needs_sshd, pytest.mark.slow, pytest.mark.timeout(90)]

TUICHAT = (sys.executable, "-P", "-m", "tuichat")
LINE = f"{' '.join(TUICHAT)} ssh"
SHOW = "ls ~/.cache/tuichat | grep sock"


@pytest.fixture
def host() -> Iterator[Host]:
    with ssh_host("bash", "dash") as running:
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
        terminal = terminals.open("laptop", ["bash", "--rcfile", str(settings), "-i"], columns=240)
        terminal.wait_for("laptop>")
        yield terminal


def log_in(at: Terminal, *options: str) -> None:
    """Begin a login that says at its end whether it had a socket."""
    at.type("clear")
    at.press("Enter")
    at.wait_until(lambda screen: screen.split() == ["laptop>"], "a prompt alone")
    at.type(f"{LINE} {' '.join(options)} devbox '{SHOW}; echo sess''ion'; echo en''ded")
    at.press("Enter")


def answer(at: Terminal, said: str) -> str:
    asked = at.wait_for("[y/N]")
    at.type(said)
    at.press("Enter")
    return asked


def ended(at: Terminal) -> str:
    return at.wait_for("session", "ended")


def known_hosts(visitor: Laptop) -> Path:
    return visitor.home / ".ssh" / "known_hosts"


def new_key(host: Host, visitor: Laptop) -> None:
    """Have another machine answer under the same name, which ssh has been told is the right one."""
    host.stop_sshd()
    path = host.folder / "etc" / "other_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True, timeout=20)
    host.start_sshd(HostKey=str(path))
    public = path.with_suffix(".pub").read_text()
    known_hosts(visitor).write_text(f"[{host.address}]:{host.port} {public}")


def test_another_machine_under_the_same_name_is_asked_for(at: Terminal, visitor: Laptop, host: Host) -> None:
    log_in(at)
    assert "another key" not in answer(at, "y")
    assert ".sock" in ended(at)
    log_in(at)
    assert "[y/N]" not in ended(at)
    new_key(host, visitor)
    log_in(at)
    assert "another key than the machine that you answered for" in answer(at, "n")
    assert ".sock" not in ended(at)
    log_in(at)
    assert "bridge allow" in ended(at)


def test_the_same_name_behind_another_machine_is_asked_for(at: Terminal) -> None:
    log_in(at)
    answer(at, "y")
    ended(at)
    log_in(at, "-J", "devbox1")
    assert "via devbox1" in answer(at, "y")
    assert ".sock" in ended(at)
    for options in ((), ("-J", "devbox1")):
        log_in(at, *options)
        assert "[y/N]" not in ended(at)


def test_a_new_machine_is_asked_for_once_ssh_knows_it(at: Terminal, visitor: Laptop) -> None:
    known_hosts(visitor).unlink()
    log_in(at, "-oStrictHostKeyChecking=ask")
    at.wait_for("(yes/no/[fingerprint])?")
    at.type("yes")
    at.press("Enter")
    assert "any machine at this address" not in answer(at, "y")
    assert ".sock" in ended(at)
    log_in(at)
    assert "[y/N]" not in ended(at)


def test_a_new_machine_that_may_not_is_logged_in_to(at: Terminal, visitor: Laptop, host: Host) -> None:
    known_hosts(visitor).unlink()
    log_in(at, "-oStrictHostKeyChecking=accept-new")
    answer(at, "n")
    assert "bridge allow" in ended(at)


@pytest.mark.parametrize(
    "options",
    [("-oUserKnownHostsFile=/dev/null", "-oStrictHostKeyChecking=accept-new"), ("-oStrictHostKeyChecking=no",)],
)
def test_where_ssh_checks_no_key_it_is_said(at: Terminal, options: tuple[str, ...]) -> None:
    log_in(at)
    answer(at, "y")
    ended(at)
    log_in(at, *options)
    assert "holds for any machine at this address" in answer(at, "y")
    ended(at)
    log_in(at, *options)
    assert "[y/N]" not in ended(at)


def test_what_was_said_without_a_key_is_asked_once_again(at: Terminal, visitor: Laptop, host: Host) -> None:
    destination = f"{host.accounts[0].name}@{host.address}:{host.port}"
    path = visitor.folder / "state" / "tuichat" / "bridge" / "consent.json"
    path.parent.mkdir(mode=0o700, parents=True)
    path.write_text(json.dumps({"v": 1, "hosts": {destination: {"is_allowed": True, "said_s": 1.0}}}))
    log_in(at)
    assert "asked once again" in answer(at, "y")
    assert ".sock" in ended(at)
    log_in(at)
    assert "[y/N]" not in ended(at)


async def test_ctrl_c_at_the_question_ends_the_login(at: Terminal, visitor: Laptop, host: Host) -> None:
    known_hosts(visitor).unlink()
    log_in(at, "-oStrictHostKeyChecking=accept-new")
    at.wait_for("[y/N]")
    at.press("C-c")
    at.type("echo still h''ere")
    at.press("Enter")
    at.wait_for("still here")
    await until(lambda: left(host.accounts[0]) == [] and here(visitor) == [])


async def test_plain_ssh_waits_where_another_machine_has_the_name(visitor: Laptop, host: Host) -> None:
    program = Path(visitor.environment["PATH"].split(":")[0]) / "tuichat"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m tuichat "$@"\n')
    program.chmod(0o700)
    assert visitor.run(*TUICHAT, "bridge", "config", "devbox", "--write").returncode == 0
    assert visitor.run(*TUICHAT, "bridge", "allow", "devbox").returncode == 0

    def status() -> str:
        return visitor.run(*TUICHAT, "bridge", "status").stdout

    for has_changed in (False, True):
        if has_changed:
            new_key(host, visitor)
        with visitor.start("ssh", "devbox", "cat") as session:
            await until(lambda: ", since " in status())
            assert ("it may not have the sound" in status()) is has_changed
            session.communicate(timeout=15)
        visitor.run("ssh", "-O", "exit", "devbox")
        await until(lambda: ", since " not in status())
