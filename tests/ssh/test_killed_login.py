"""A login whose ssh, or which itself, is killed leaves nothing on the laptop that the next login does not take away."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import Host, needs_sshd, read_line, ssh_host
from tests.ssh.laptop import Laptop

pytestmark = [*needs_sshd, pytest.mark.slow, pytest.mark.timeout(90)]

TUICHAT = (sys.executable, "-P", "-m", "tuichat", "ssh")


@pytest.fixture
def host() -> Iterator[Host]:
    with ssh_host("bash") as running:
        yield running


def runtime_folder(one: Laptop) -> Path:
    return Path(one.environment["XDG_RUNTIME_DIR"]) / "tuichat"


def connection_of(pid: int) -> int:
    """Return the process of ssh that holds the connection of a login."""
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        if b"ControlMaster=yes" in Path(f"/proc/{child}/cmdline").read_bytes():
            return int(child)
    raise AssertionError(f"{pid} has no connection")


async def test_a_killed_ssh_ends_the_login_with_its_code_and_leaves_nothing(host: Host, visitor: Laptop) -> None:
    login = visitor.start(*TUICHAT, "devbox", "echo ready; cat")
    assert read_line(login.stdout) == "ready", visitor.errors
    os.kill(connection_of(login.pid), signal.SIGKILL)
    assert login.wait(20) == 255, visitor.errors
    login.communicate()
    assert os.listdir(runtime_folder(visitor)) == []
    await until(lambda: not list((host.accounts[0].folder / ".cache" / "tuichat").iterdir()))


async def test_what_a_killed_login_left_is_swept_by_the_next(host: Host, visitor: Laptop) -> None:
    login = visitor.start(*TUICHAT, "devbox", "echo ready; cat")
    assert read_line(login.stdout) == "ready", visitor.errors
    connection = connection_of(login.pid)
    for pid in (login.pid, connection):
        os.kill(pid, signal.SIGKILL)
    login.communicate()
    folder = runtime_folder(visitor)
    left = {name for name in os.listdir(folder) if name.startswith(("bridge-", "m-"))}
    assert len(left) == 2
    for name in left:
        os.utime(folder / name, (0, 0))
    done = visitor.run(*TUICHAT, "devbox", "true")
    assert done.returncode == 0, done.stderr
    assert not left & set(os.listdir(folder))
    await until(lambda: not list((host.accounts[0].folder / ".cache" / "tuichat").iterdir()))
