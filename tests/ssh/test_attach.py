"""Plain ssh has this machine's sound by lines in its configuration, as long as a session lasts."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import SHELLS, Host, needs_sshd
from tests.ssh.laptop import Laptop
from tests.ssh.test_login import here, left

pytestmark = [*needs_sshd, pytest.mark.slow]

BRIDGE = (sys.executable, "-P", "-m", "tuichat", "bridge")


@pytest.fixture
def visitor(visitor: Laptop) -> Laptop:
    """Somebody in whose PATH tuichat is, as ssh's configuration calls it."""
    program = Path(visitor.environment["PATH"].split(":")[0]) / "tuichat"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m tuichat "$@"\n')
    program.chmod(0o700)
    return visitor


@pytest.mark.parametrize("number", range(len(SHELLS)), ids=list(SHELLS))
def test_plain_ssh_has_the_files_as_long_as_it_lasts(host: Host, visitor: Laptop, number: int) -> None:
    name = f"devbox{number or ''}"
    account = host.accounts[number]
    assert visitor.run(*BRIDGE, "config", name, "--write").returncode == 0
    with visitor.start("ssh", name, "echo begun; cat") as session:
        assert session.stdout is not None
        assert session.stdin is not None
        assert session.stdout.readline() == b"begun\n", visitor.errors
        asyncio.run(until(lambda: len(left(account)) == 2))
        with visitor.start("ssh", name, "echo begun; cat") as second:
            assert second.stdout is not None
            assert second.stdin is not None
            assert second.stdout.readline() == b"begun\n", visitor.errors
            session.stdin.close()
            assert session.wait(10) == 0
            assert len(left(account)) == 2, "another session goes on"
            assert len(here(visitor)) > 0
            second.stdin.close()
            assert second.wait(10) == 0
    asyncio.run(until(lambda: left(account) == [] and here(visitor) == []))


def test_lines_keep_what_was_there_and_are_written_once(visitor: Laptop) -> None:
    before = visitor.configuration.read_text()
    assert visitor.run(*BRIDGE, "config", "devbox", "--write").returncode == 0
    once = visitor.configuration.read_text()
    assert once.endswith(before)
    (kept,) = visitor.configuration.parent.glob("config.before-*")
    assert kept.read_text() == before
    assert visitor.run(*BRIDGE, "config", "devbox", "--write").returncode == 0
    assert visitor.configuration.read_text().count("Host devbox\n") == 2  # theirs and ours
    asked = visitor.run("ssh", "-G", "devbox").stdout
    assert "permitlocalcommand yes" in asked
    assert "controlpersist 10" in asked


def test_another_local_command_is_left_and_said(visitor: Laptop) -> None:
    visitor.configure("Host *", "    LocalCommand notify-send hello")
    before = visitor.configuration.read_text()
    done = visitor.run(*BRIDGE, "config", "devbox", "--write")
    assert done.returncode == 1
    assert "notify-send hello" in done.stderr
    assert visitor.configuration.read_text() == before


def test_another_users_connection_is_not_taken_for_that_of_the_configuration(visitor: Laptop) -> None:
    done = visitor.run(*BRIDGE, "attach", "devbox", "0" * 40)
    assert done.returncode == 1
    assert "another user or port" in done.stderr
