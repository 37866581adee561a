"""Plain ssh has this machine's sound at each login, whichever of them began the connection."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, Account, Host, needs_sshd, read_line, ssh_host
from tests.ssh.laptop import Laptop, end_group, laptop
from tests.ssh.test_login import here, left

pytestmark = [*needs_sshd, pytest.mark.slow, pytest.mark.timeout(90)]

BRIDGE = (sys.executable, "-P", "-m", "tuichat", "bridge")


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with ssh_host("bash") as running:
        yield running


@pytest.fixture
def account(host: Host) -> Account:
    return host.accounts[0]


@pytest.fixture
def visitor(host: Host, account: Account) -> Iterator[Laptop]:
    with laptop(account) as one:
        one.environment["PYTHONPATH"] = str(ROOT)
        program = Path(one.environment["PATH"].split(":")[0]) / "tuichat"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m tuichat "$@"\n')
        program.chmod(0o700)
        yield one
        one.run("ssh", "-O", "exit", "devbox")
        asyncio.run(until(lambda: left(account) == [] and here(one) == []))


def write_lines(visitor: Laptop) -> None:
    done = visitor.run(*BRIDGE, "config", "devbox", "--write")
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def logged_in(visitor: Laptop, *options: str) -> Iterator["subprocess.Popen[bytes]"]:
    session = visitor.start("ssh", *options, "devbox", "echo begun; cat")
    try:
        assert read_line(session.stdout) == "begun", visitor.errors
        yield session
        session.communicate(timeout=15)
        assert session.returncode == 0
    finally:
        if session.returncode is None:
            end_group(session)


def until_there(account: Account) -> None:
    asyncio.run(until(lambda: len(left(account)) == 2))


def until_gone(account: Account) -> None:
    asyncio.run(until(lambda: left(account) == []))


def is_persisting(visitor: Laptop) -> bool:
    environment = {"TUICHAT_SSH": "the test asks"}
    visitor.environment |= environment
    try:
        return visitor.run("ssh", "-O", "check", "devbox").returncode == 0
    finally:
        del visitor.environment["TUICHAT_SSH"]


def test_a_login_that_joins_a_connection_which_persists_has_sound(visitor: Laptop, account: Account) -> None:
    visitor.configure(
        "Host *", "    ControlMaster auto", f"    ControlPath {visitor.folder}/own-%C", "    ControlPersist yes"
    )
    write_lines(visitor)
    for _login in range(3):
        with logged_in(visitor):
            until_there(account)
        until_gone(account)
        assert is_persisting(visitor), "nothing but the session has ended"


def test_two_logins_at_once_have_one_way_for_both(visitor: Laptop, account: Account) -> None:
    write_lines(visitor)
    with logged_in(visitor):
        until_there(account)
        with logged_in(visitor), logged_in(visitor):
            asyncio.run(until(lambda: "sees to this connection" in log_of(visitor)))
            assert len(left(account)) == 2
    until_gone(account)


def test_two_first_logins_at_once_have_one_way_for_both(visitor: Laptop, account: Account) -> None:
    """One of them begins the connection; the other one finds that there is one, and has its own, without a socket."""
    write_lines(visitor)
    both = [visitor.start("ssh", "devbox", "echo begun; cat") for _each in range(2)]
    for session in both:
        assert read_line(session.stdout) == "begun", visitor.errors
    until_there(account)
    for session in both:
        session.communicate(timeout=15)
        assert session.returncode == 0, visitor.errors
    until_gone(account)


def test_a_login_without_a_connection_that_persists_has_sound(visitor: Laptop, account: Account) -> None:
    write_lines(visitor)
    for _login in range(2):
        with logged_in(visitor, "-oControlPersist=no"):
            until_there(account)
        until_gone(account)


def test_sound_is_there_after_a_sleep_and_after_a_connection_that_died_in_it(
    visitor: Laptop, account: Account, host: Host
) -> None:
    write_lines(visitor)
    with logged_in(visitor):
        until_there(account)
        logins = host.login_processes()
        for signal_number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in logins:
                os.kill(pid, signal_number)
            assert len(left(account)) == 2
        with logged_in(visitor):
            assert len(left(account)) == 2
    with contextlib.suppress(AssertionError), logged_in(visitor):
        for pid in host.login_processes():
            os.kill(pid, signal.SIGKILL)
    until_gone(account)
    with logged_in(visitor):
        until_there(account)
    until_gone(account)


def test_stop_and_allow_hold_for_logins_that_join(visitor: Laptop, account: Account) -> None:
    write_lines(visitor)
    assert visitor.run(*BRIDGE, "allow", "--unseen", "devbox").returncode == 0
    with logged_in(visitor):
        until_there(account)
        assert visitor.run(*BRIDGE, "stop").returncode == 0
        assert "stopped" in visitor.run(*BRIDGE, "status").stdout
    until_gone(account)
    with logged_in(visitor):
        until_there(account)
        assert "stopped" in visitor.run(*BRIDGE, "status").stdout
        assert visitor.run(*BRIDGE, "allow", "--unseen", "devbox").returncode == 0
        assert "no tuichat there uses it now" in visitor.run(*BRIDGE, "status").stdout


def test_what_tuichat_asks_of_ssh_lends_nothing(visitor: Laptop, account: Account) -> None:
    write_lines(visitor)
    visitor.environment["TUICHAT_SSH"] = "the test"
    with logged_in(visitor):
        pass
    del visitor.environment["TUICHAT_SSH"]
    assert is_persisting(visitor)
    assert visitor.run(*BRIDGE, "allow", "devbox").returncode == 0  # it asks ssh -G
    assert left(account) == []


def log_of(visitor: Laptop) -> str:
    return "".join(path.read_text() for path in (visitor.folder / "state").rglob("*.log"))
