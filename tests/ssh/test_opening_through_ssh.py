"""What runs on the host finds the session's socket, and the laptop admits it through ssh, where its owner agreed."""

import shlex
import sys

import pytest

from tests.ssh.host import ROOT, SHELLS, needs_sshd
from tests.ssh.laptop import Laptop

pytestmark = [*needs_sshd, pytest.mark.slow]

TUICHAT = (sys.executable, "-P", "-m", "tuichat")
OPEN = """
import asyncio
from tuichat.local.ssh_session import find_sessions
from tuichat.local.unix_socket import connect
from tuichat.voice.laptop_opening import OpeningError, open_as_host

async def main():
    (session,) = find_sessions()
    reader, writer = await asyncio.open_unix_connection(sock=await connect(session.socket))
    for secret in (session.secret, bytes(32)):
        try:
            hello = await open_as_host(reader, writer, secret, host="there", user="me")
            print("admitted by", session.laptop, hello.program)
        except OpeningError as error:
            print("refused:", error)
        reader, writer = await asyncio.open_unix_connection(sock=await connect(session.socket))

asyncio.run(main())
"""


def opened(visitor: Laptop, name: str) -> list[str]:
    """Log in and have a program there find the session and open it, with its secret and with another one."""
    program = f"cd / && PYTHONPATH={ROOT} {sys.executable} -c {shlex.quote(OPEN)}"
    done = visitor.run(*TUICHAT, "ssh", name, f"sh -c {shlex.quote(program)}")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("number", range(len(SHELLS)), ids=list(SHELLS))
def test_host_is_admitted_where_the_owner_agreed(visitor: Laptop, number: int) -> None:
    name = f"devbox{number or ''}"
    assert visitor.run(*TUICHAT, "bridge", "allow", name).returncode == 0
    admitted, refused = opened(visitor, name)
    assert admitted.startswith("admitted by ")
    assert "tuichat" in admitted
    assert "is not your laptop" in refused, "another secret is not that of the session"
