"""The host of the tests is what people log in to: a default sshd, with accounts whose programs run."""

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, SHELLS, Host, needs_sshd, read_line, ssh_host
from tests.ssh.laptop import Laptop
from tests.ssh.tcp_sockets import sets_nodelay

pytestmark = [*needs_sshd, pytest.mark.slow]


@pytest.mark.parametrize("number", range(len(SHELLS)), ids=list(SHELLS))
def test_accounts_log_in_to_their_shells(host: Host, visitor: Laptop, number: int) -> None:
    account = host.accounts[number]
    asked = "echo $HOME; id -u; sh -c 'readlink /proc/$PPID/exe'; true"
    done = visitor.run("ssh", f"devbox{number or ''}", asked)
    real_shell = str(Path(account.shell).resolve())
    assert done.stdout.split() == [str(account.home), str(account.uid), real_shell], done.stderr


def test_accounts_can_run_this_tuichat(host: Host, visitor: Laptop) -> None:
    done = visitor.run("ssh", "devbox", f"cd / && PYTHONPATH={ROOT} {sys.executable} -m tuichat --version")
    assert done.stdout.startswith("tuichat "), done.stderr


def test_this_machine_is_left_as_it_is(host: Host) -> None:
    assert host.accounts[0].name not in Path("/etc/passwd").read_text()
    assert not (Path("/home") / host.accounts[0].name).exists()
    seen = subprocess.run(
        host.accounts[0].command("sh", "-c", "id -un; ls /home; cat /etc/shadow; ls /proc | grep -c '^[0-9]'"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert seen.stdout.split()[0] == host.accounts[0].name
    assert "/etc/shadow: Permission denied" in seen.stderr
    assert int(seen.stdout.split()[-1]) < 30, "the processes of this machine are in sight"


@pytest.mark.parametrize("terminal", ["-tt", "-T"])
async def test_a_session_has_tcp_nodelay(host: Host, visitor: Laptop, terminal: str) -> None:
    session = visitor.start("ssh", terminal, "devbox", "echo here; cat")
    try:
        assert read_line(session.stdout) == "here", visitor.errors
        await until(lambda: sets_nodelay(host.login_processes(), host.port) == [True])
    finally:
        session.kill()
        session.communicate()
    await until(lambda: not host.login_processes())


async def test_a_connection_without_a_session_lacks_it(host: Host, visitor: Laptop) -> None:
    """Why nothing of ours goes through `ssh -N`, and that the test above can fail."""
    session = visitor.start("ssh", "-N", "-v", "devbox")
    try:
        await until(lambda: "Entering interactive session" in visitor.errors)
        assert sets_nodelay(host.login_processes(), host.port) == [False]
    finally:
        session.kill()
        session.communicate()


async def test_sshd_can_go_and_come_back(visitor: Laptop) -> None:
    with ssh_host("dash") as other:
        visitor.know(other.accounts[0], "other")
        other.stop_sshd()
        assert visitor.run("ssh", "other", "true").returncode == 255
        other.start_sshd()
        assert visitor.run("ssh", "other", "exit 7").returncode == 7


def test_all_ends_with_the_host(visitor: Laptop) -> None:
    with ssh_host("bash") as other:
        visitor.know(other.accounts[0], "other")
        session = visitor.start("ssh", "other", "echo $$; exec sleep 1000")
        assert read_line(session.stdout)
        folder = other.folder
        pids = other.login_processes()
        assert pids
    session.communicate(timeout=10)
    assert not folder.exists()
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            pytest.fail(f"{pid} still runs")
