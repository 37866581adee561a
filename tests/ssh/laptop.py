"""Somebody who logs in with the real ssh: a home with a key, known hosts and a configuration of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.ssh.host import Account

NAME = "devbox"
"""What the host is called in the laptop's configuration."""


class Laptop:
    """A home below `folder`, whose `environment` has its programs find it, and an ssh that reads its configuration.

    ssh looks for its configuration in the home that the system knows, not at $HOME: so `ssh` here is a script before it
    in PATH. `prefix` goes before each command, as to another network.
    """

    def __init__(self, folder: Path, prefix: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.prefix = prefix
        self.environment = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ") if name in os.environ}
        programs = folder / "bin"
        for made in (self.home, self.home / ".ssh", programs):
            made.mkdir(mode=0o700)
        self.environment |= {
            "HOME": str(self.home),
            "USER": "laptop",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
        }
        for variable, name in (
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_STATE_HOME", "state"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ):
            (folder / name).mkdir(mode=0o700)
            self.environment[variable] = str(folder / name)
        self.configuration = self.home / ".ssh" / "config"
        self.configuration.touch(0o600)
        real = shutil.which("ssh")
        assert real is not None
        script = programs / "ssh"
        script.write_text(f'#!/bin/sh\nexec {real} -F "{self.configuration}" "$@"\n')
        script.chmod(0o700)
        key = self.home / ".ssh" / "id_ed25519"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=20)
        self.public_key = key.with_suffix(".pub").read_text()

    def know(self, account: Account, name: str = NAME, *lines: str) -> None:
        """Add a host to the configuration, where this account trusts this laptop's key."""
        host = account.host
        account.trust(self.public_key)
        known = self.home / ".ssh" / "known_hosts"
        with known.open("a") as file:
            file.write(f"[{host.address}]:{host.port} {host.public_key}\n")
        settings = (
            f"HostName {host.address}",
            f"Port {host.port}",
            f"User {account.name}",
            f"IdentityFile {self.home}/.ssh/id_ed25519",
            "IdentitiesOnly yes",
            f"UserKnownHostsFile {known}",
            "GlobalKnownHostsFile /dev/null",
            "StrictHostKeyChecking yes",
            *lines,
        )
        self.configure(f"Host {name}", *(f"    {line}" for line in settings))

    def configure(self, *lines: str) -> None:
        """Add lines to ~/.ssh/config."""
        with self.configuration.open("a") as file:
            file.write("\n".join(lines) + "\n")

    def command(self, *words: str) -> list[str]:
        return [*self.prefix, *words]

    def run(self, *words: str, given: str = "", timeout_s: float = 30.0) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with `given` on standard input."""
        return subprocess.run(
            self.command(*words),
            input=given,
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """Begin a command whose standard input and output are pipes; what it complains about is its own file.

        It leads a session of its own, so that `end_group` ends what it left as well.
        """
        with (self.folder / "errors.log").open("ab") as errors:
            return subprocess.Popen(
                self.command(*words),
                env=self.environment,
                cwd=self.home,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )

    @property
    def errors(self) -> str:
        path = self.folder / "errors.log"
        return path.read_text(errors="replace") if path.exists() else ""


def end_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill what a Laptop started and all that this has started there."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@contextlib.contextmanager
def laptop(*accounts: Account, prefix: tuple[str, ...] = ()) -> Iterator[Laptop]:
    """Give a laptop that can log in to these accounts, as `devbox` to the first, `devbox1` to the next."""
    folder = Path(tempfile.mkdtemp(prefix="tcl-", dir="/tmp"))
    try:
        made = Laptop(folder, prefix)
        for number, account in enumerate(accounts):
            made.know(account, f"{NAME}{number or ''}")
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)
