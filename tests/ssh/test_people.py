"""Several people on one host: each has the sound of their own laptop, and nobody else's, whatever they try."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, Account, Host, needs_sshd, read_line, ssh_host
from tests.ssh.laptop import Laptop, laptop

pytestmark = [*needs_sshd, pytest.mark.slow, pytest.mark.timeout(90)]

TUICHAT = (sys.executable, "-P", "-m", "tuichat")

ON_HOST = """
import asyncio, json, os, sys
from pathlib import Path
from tuichat.local.ssh_session import SshSession, find_sessions, socket_name
from tuichat.voice.laptop.connection import connect

def tried(act):
    try:
        act()
    except OSError as error:
        return type(error).__name__
    return "done"

async def connected(session):
    try:
        connection = await connect(session)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    run = asyncio.create_task(connection.run(lambda report: None, lambda: None))
    await asyncio.to_thread(sys.stdin.readline)
    connection.close()
    await run
    return "talked"

async def main():
    others, key, secret = Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3])
    theirs = SshSession(key=key, folder=others, laptop="", began_s=0.0, secret=secret)
    sessions = find_sessions()
    print(json.dumps({
        "keys": [session.key for session in sessions],
        "list": tried(lambda: os.listdir(others)),
        "read": tried(lambda: open(others / f"ssh-{key}.json").read()),
        "remove": tried(lambda: os.unlink(others / socket_name(key))),
        "theirs": await connected(theirs),
    }), flush=True)
    print(json.dumps({"ours": await connected(sessions[0])}), flush=True)

asyncio.run(main())
"""


class Person:
    """Somebody with a laptop and an account, logged in from one to the other by `tuichat ssh`."""

    def __init__(self, account: Account, one: Laptop) -> None:
        self.account = account
        self.laptop = one
        one.environment["PYTHONPATH"] = str(ROOT)
        allowed = one.run(*TUICHAT, "bridge", "allow", "devbox")
        assert allowed.returncode == 0, allowed.stderr
        self.login = one.start(*TUICHAT, "ssh", "devbox", "echo ready; cat")
        assert read_line(self.login.stdout) == "ready", one.errors

    @property
    def folder(self) -> Path:
        """Where the session's files are, as seen from the test."""
        return self.account.folder / ".cache" / "tuichat"

    @property
    def key(self) -> str:
        (file,) = self.folder.glob("ssh-*.json")
        return file.stem.removeprefix("ssh-")

    @property
    def secret(self) -> str:
        found = json.loads((self.folder / f"ssh-{self.key}.json").read_text())["secret"]
        assert isinstance(found, str)
        return found

    def lines(self) -> list[dict[str, object]]:
        """Return the connections of the host that this laptop has admitted."""
        status = self.laptop.run(*TUICHAT, "bridge", "status", "--json")
        found = json.loads(status.stdout)["lines"]
        assert isinstance(found, list)
        return found

    def tries(self, other: "Person") -> "subprocess.Popen[str]":
        """Run the program above as this person, against what is the other's."""
        folder = other.account.home / ".cache" / "tuichat"
        environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.Popen(
            self.account.command(
                sys.executable, "-c", ON_HOST, str(folder), other.key, other.secret, environment=environment
            ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def leave(self) -> None:
        self.login.communicate(timeout=20)


@pytest.fixture
def host() -> Iterator[Host]:
    with ssh_host("bash", "dash") as running:
        yield running


@pytest.fixture
def people(host: Host) -> Iterator[list[Person]]:
    ann, bob = host.accounts
    with laptop(ann) as first, laptop(bob) as second:
        both = [Person(ann, first), Person(bob, second)]
        yield both
        for each in both:
            each.leave()


@pytest.mark.parametrize("doors", ["closed", "open"])
async def test_each_sees_only_their_own_laptop(people: list[Person], doors: str) -> None:
    """Open doors are those of the home and the folder: the socket that sshd made is still the other's alone."""
    ann, bob = people
    if doors == "open":
        for folder in (ann.folder, ann.folder.parent, ann.account.folder):
            folder.chmod(0o755)
    trying = bob.tries(ann)
    assert trying.stdout is not None
    assert trying.stdin is not None
    found = json.loads(await asyncio.to_thread(trying.stdout.readline))
    theirs = found.pop("theirs")
    assert found == {
        "keys": [bob.key],
        "list": "done" if doors == "open" else "PermissionError",
        "read": "PermissionError",
        "remove": "PermissionError",
    }
    assert "Error" in theirs
    assert ("belongs to user" in theirs) == (doors == "open")
    await until(lambda: len(bob.lines()) == 1)
    assert ann.lines() == []
    trying.stdin.write("\n")
    trying.stdin.close()
    assert json.loads(await asyncio.to_thread(trying.stdout.readline)) == {"ours": "talked"}
    assert await asyncio.to_thread(trying.wait, 10) == 0
    trying.stdout.close()


async def test_anothers_secret_opens_nothing_at_ones_own_laptop(people: list[Person]) -> None:
    """A session file that was copied from somebody else leads to one's own socket, with a secret that is not its."""
    ann, bob = people
    file = bob.folder / f"ssh-{bob.key}.json"
    kept = file.read_text()
    file.write_text(kept.replace(bob.secret, ann.secret))
    output, _errors = await asyncio.to_thread(bob.tries(ann).communicate, "\n", 30)
    file.write_text(kept)
    assert "is not your laptop" in json.loads(output.splitlines()[1])["ours"]
    assert bob.lines() == []


def test_the_socket_of_sshd_is_closed_to_others_by_its_mode(people: list[Person]) -> None:
    """sshd asks nobody who they are, so that what it made must be closed by itself."""
    ann, bob = people
    path = ann.folder / f"ssh-{ann.key}.sock"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_uid == ann.account.uid
    for folder in (ann.folder, ann.folder.parent, ann.account.folder):
        folder.chmod(0o755)
    seen = str(ann.account.home / ".cache" / "tuichat" / path.name)
    code = (
        "import socket, sys\ntry:\n socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n print('in')\n"
        "except PermissionError:\n print('out')"
    )
    for person, expected in ((bob, "out"), (ann, "in")):
        done = subprocess.run(
            person.account.command(sys.executable, "-c", code, seen), capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == expected
    assert os.path.exists(path)
