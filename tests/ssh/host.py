"""A machine to log in to: accounts with the shells they like and a real sshd, in namespaces, so that this one is left as it is.

Passwords, /home, /run and processes of the host are its own; all else is this machine's, and the network is that of whoever
begins it. Whatever runs there ends with it, also where a test is killed.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parent.parent.parent
SHELLS = {"bash": "/bin/bash", "zsh": "/bin/zsh", "fish": "/usr/bin/fish", "dash": "/bin/dash"}
FIRST_UID = 61_001  # those of a system's own accounts and of people end before
START_TIMEOUT_S = 15.0
DEBIANS_SETTINGS = Path("/usr/share/openssh/sshd_config")  # as the package has it, whatever this machine's say

_NEEDED = ("sshd", "ssh", "ssh-keygen", "unshare", "nsenter", "mount", *SHELLS)


def _which(program: str) -> str | None:
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


needs_sshd = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make namespaces and accounts"),
    pytest.mark.skipif(
        not all(_which(program) for program in _NEEDED),
        reason="sshd, zsh or fish is not installed: make test-deps",
    ),
]

# Standard input is held by the test: where that is gone, so is the first process, and all others of the namespace with it.
# A SIGCHLD that is ignored has the system take orphans away that end.
_FIRST_PROCESS = """
set -e
mount --bind "$1/home" /home
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -m 755 /run/sshd
for name in passwd group shadow; do mount --bind "$1/etc/$name" "/etc/$name"; done
closed=$2
shift 2
if [ -n "$closed" ]; then
    # The account of another user could not get to this Python or this folder: what lies on the way is not theirs to read.
    mkdir /run/kept
    number=0
    for path; do mkdir "/run/kept/$number"; mount --bind "$path" "/run/kept/$number"; number=$((number + 1)); done
    mount -t tmpfs -o mode=755 tmpfs "$closed"
    number=0
    for path; do mkdir -p "$path"; mount --move "/run/kept/$number" "$path"; number=$((number + 1)); done
fi
exec "$python" -I -S -c "$last"
"""
_LAST_WORDS = """
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.write(1, b"ready\\n")
while os.read(0, 4096):
    pass
"""


class Account:
    """One who has an account on the host. `home` is its path there, and `folder` the same seen from the test."""

    def __init__(self, host: "Host", name: str, uid: int, shell: str) -> None:
        self.host = host
        self.name = name
        self.uid = uid
        self.shell = shell
        self.home = Path("/home") / name
        self.folder = host.folder / "home" / name

    def command(self, *words: str, environment: Mapping[str, str] | None = None) -> list[str]:
        """Return the command that runs another one there as this user, without ssh, as a job of the host's would."""
        pairs = {
            "HOME": str(self.home),
            "USER": self.name,
            "LOGNAME": self.name,
            "SHELL": self.shell,
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/games",
            "LANG": "C.UTF-8",
            **(environment or {}),
        }
        settings = [f"{name}={value}" for name, value in pairs.items()]
        user = ("setpriv", f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups")
        return [*self.host.command(*user), "env", "-i", "-C", str(self.home), *settings, *words]

    def write(self, name: str, text: str, mode: int = 0o600) -> None:
        """Write a file of theirs, `name` below their home."""
        path = self.folder / name
        for folder in (*reversed(path.relative_to(self.folder).parents), None):
            if folder is not None and not (self.folder / folder).exists():
                (self.folder / folder).mkdir(mode=0o700)
                os.chown(self.folder / folder, self.uid, self.uid)
        path.write_text(text)
        path.chmod(mode)
        os.chown(path, self.uid, self.uid)

    def trust(self, public_key: str) -> None:
        """Let who has this key log in."""
        keys = self.folder / ".ssh" / "authorized_keys"
        known = keys.read_text() if keys.exists() else ""
        self.write(".ssh/authorized_keys", known + public_key.strip() + "\n")


class Host:
    """The machine, and its sshd at `address`:`port`. Settings are those of the package, but for port and host key."""

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        self.folder = folder
        self.address = address
        self.port = 0
        self.accounts: list[Account] = []
        self._first: subprocess.Popen[bytes] | None = None
        self._first_pid = 0
        self._sshd: subprocess.Popen[bytes] | None = None
        self._settings: dict[str, str] = {}

    def start(self) -> None:
        """Begin the machine, which has no sshd yet."""
        (self.folder / "home").mkdir(mode=0o755)
        (self.folder / "etc").mkdir()
        for name in ("passwd", "group", "shadow"):
            shutil.copy2(Path("/etc") / name, self.folder / "etc" / name)
        closed, kept = _ways_to_open((Path(sys.base_prefix).resolve(), ROOT))
        unshare = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
        self._first = subprocess.Popen(
            [*unshare, "sh", "-c", _FIRST_PROCESS, "sh", str(self.folder), closed, *kept],
            env={**os.environ, "python": sys.executable, "last": _LAST_WORDS},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._first.stdout is not None
        assert self._first.stdout.readline() == b"ready\n", "the host's namespaces could not be made"
        children = Path(f"/proc/{self._first.pid}/task/{self._first.pid}/children").read_text()
        self._first_pid = int(children.split()[0])
        key = self.folder / "etc" / "host_key"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=20)

    def stop(self) -> None:
        """End everything that runs there."""
        if self._first is not None:
            assert self._first.stdin is not None
            assert self._first.stdout is not None
            self._first.stdin.close()
            self._first.wait(10)
            self._first.stdout.close()
            self._first = None
        if self._sshd is not None:
            self._sshd.wait(10)
            self._sshd = None

    def command(self, *words: str) -> list[str]:
        """Return the command that runs another one on this host, as root."""
        return ["nsenter", f"--target={self._first_pid}", "--mount", "--pid", *words]

    def add_account(self, shell: str = "bash", name: str = "", uid: int | None = None) -> Account:
        """Make an account. With uid 0 the test itself can be its programs, at `folder` as the home."""
        uid = FIRST_UID + len(self.accounts) if uid is None else uid
        name = name or f"{shell}{len(self.accounts)}"
        account = Account(self, name, uid, SHELLS[shell])
        # Added in place, since the files of the host are these very files.
        for file, line in (
            ("passwd", f"{name}:x:{uid}:{uid}::{account.home}:{account.shell}"),
            ("group", f"{name}:x:{uid}:"),
            ("shadow", f"{name}:*:19000:0:99999:7:::"),
        ):
            with (self.folder / "etc" / file).open("a") as written:
                written.write(line + "\n")
        account.folder.mkdir(mode=0o700)
        os.chown(account.folder, uid, uid)
        account.write(".zshrc", "")  # without one zsh asks its questions of a new user
        account.write(".hushlogin", "")
        self.accounts.append(account)
        return account

    def start_sshd(self, **settings: str) -> None:
        """Have an sshd listen, at the same port as before where one did. `settings` go before those of the package."""
        if not self.port:
            with socket.socket() as free:
                free.bind((self.address, 0))
                self.port = free.getsockname()[1]
        self._settings = {
            "Port": str(self.port),
            "ListenAddress": self.address,
            "HostKey": str(self.folder / "etc" / "host_key"),
            "PidFile": "none",
            **settings,
        }
        file = DEBIANS_SETTINGS if DEBIANS_SETTINGS.exists() else Path("/dev/null")
        options = [f"-o{name}={value}" for name, value in self._settings.items()]
        sshd = _which("sshd")
        assert sshd is not None
        with (self.folder / "sshd.log").open("ab") as log:
            self._sshd = subprocess.Popen(
                self.command(sshd, "-D", "-e", "-f", str(file), *options),
                stdin=subprocess.DEVNULL,
                stderr=log,
                stdout=log,
            )
        self._wait_for_sshd()

    def stop_sshd(self) -> None:
        """Have no sshd listen, as a machine that is shut down; logins go on."""
        assert self._sshd is not None
        for pid in _children(self._sshd.pid):
            os.kill(pid, 15)
        self._sshd.wait(10)
        self._sshd = None

    @property
    def log(self) -> str:
        return (self.folder / "sshd.log").read_text(errors="replace")

    @property
    def public_key(self) -> str:
        return (self.folder / "etc" / "host_key.pub").read_text().strip()

    def processes_of(self, account: Account, program: str) -> list[int]:
        """Return a user's processes there whose program's name begins so, the oldest first, as this machine numbers them."""
        ours = os.readlink(f"/proc/{self._first_pid}/ns/pid")
        found = []
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):  # one that has just ended
                is_theirs = entry.name.isdigit() and entry.stat().st_uid == account.uid
                if (
                    is_theirs
                    and os.readlink(entry / "ns" / "pid") == ours
                    and _program(int(entry.name)).startswith(program)
                ):
                    found.append(int(entry.name))
        return sorted(found)

    def login_processes(self) -> list[int]:
        """Return the processes of sshd that hold a login, as this machine numbers them."""
        assert self._sshd is not None
        found = []
        for listener in _children(self._sshd.pid):
            found += _descendants(listener)
        return [pid for pid in found if _program(pid) == "sshd"]

    def _wait_for_sshd(self) -> None:
        assert self._sshd is not None
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection((self.address, self.port), 1):
                return
            assert self._sshd.poll() is None, f"sshd ended at once: {self.log}"
            assert time.monotonic() < deadline_s, f"sshd does not listen: {self.log}"
            time.sleep(0.02)  # another program; there is nothing to wait on


@contextlib.contextmanager
def ssh_host(*shells: str, address: str = "127.0.0.1", **settings: str) -> Iterator[Host]:
    """Run a host with one account of each of these shells, and a default sshd but for `settings`."""
    folder = Path(tempfile.mkdtemp(prefix="tch-", dir="/tmp"))
    host = Host(folder, address)
    try:
        host.start()
        for shell in shells:
            host.add_account(shell)
        host.start_sshd(**settings)
        yield host
    finally:
        host.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _ways_to_open(needed: Sequence[Path]) -> tuple[str, list[str]]:
    """Return the folder that keeps others from what they need, as /root does, and what of the needed lies in it."""
    for path in needed:
        for folder in reversed(path.parents):
            if not folder.stat().st_mode & 0o001:
                return str(folder), [str(each) for each in needed if each.is_relative_to(folder)]
    return "", []


def _children(pid: int) -> list[int]:
    with contextlib.suppress(OSError):
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return []


def _descendants(pid: int) -> list[int]:
    return [each for child in _children(pid) for each in (child, *_descendants(child))]


def _program(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def read_line(stream: IO[bytes] | None) -> str:
    assert stream is not None
    return stream.readline().decode().strip()
