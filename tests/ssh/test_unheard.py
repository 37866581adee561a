"""A host from which no tuichat asked for the sound has a sentence that says what it takes, until one did."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, Host, needs_sshd, ssh_host
from tests.ssh.laptop import Laptop, laptop
from tests.ssh.lent_sound import allow, sessions

pytestmark = [*needs_sshd, pytest.mark.slow]

TUICHAT = (sys.executable, "-P", "-m", "tuichat", "ssh")
SAID = "No tuichat on devbox asked for this machine's sound."

ON_HOST = """
import asyncio
from tuichat.local.ssh_session import find_sessions
from tuichat.voice.laptop.connection import connect

async def main():
    (await connect(find_sessions()[0])).close()

asyncio.run(main())
"""


@pytest.fixture
def host() -> Iterator[Host]:
    with ssh_host("bash") as running:
        yield running


@pytest.fixture
def visitor(host: Host) -> Iterator[Laptop]:
    with laptop(*host.accounts) as one:
        allow(one, host.accounts[0])
        yield one


def session(visitor: Laptop, *words: str) -> str:
    done = visitor.run(*TUICHAT, *words, given="exit\n")
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_it_is_said_of_a_shell_and_not_of_a_command(visitor: Laptop) -> None:
    assert SAID in session(visitor, "devbox")
    assert SAID in session(visitor, "devbox")
    assert SAID not in session(visitor, "devbox", "true")


async def test_it_is_said_no_more_once_a_tuichat_there_asked(visitor: Laptop, host: Host) -> None:
    account = host.accounts[0]
    login = visitor.start(*TUICHAT, "devbox")
    await until(lambda: sessions(account))
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    asking = account.command(sys.executable, "-c", ON_HOST, environment=environment)
    await asyncio.to_thread(subprocess.run, asking, check=True, timeout=20)
    await asyncio.to_thread(login.communicate, b"exit\n", 20)
    assert SAID not in visitor.errors
    assert SAID not in await asyncio.to_thread(session, visitor, "devbox")


def test_a_tuichat_that_is_too_old_is_told_of_each_time(visitor: Laptop, host: Host) -> None:
    account = host.accounts[0]
    account.write("bin/tuichat", "#!/bin/sh\necho an old one\n", 0o700)
    account.write(".profile", "PATH=$HOME/bin:$PATH\n")
    assert "or newer there" in session(visitor, "--run", "devbox")
