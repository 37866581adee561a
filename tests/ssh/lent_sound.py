"""A running `tuichat ssh` that its laptop's owner has allowed to lend its sound."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence

from tests.ssh.host import ROOT, Account
from tests.ssh.laptop import NAME, Laptop, end_group

TUICHAT = (sys.executable, "-P", "-m", "tuichat")
LISTEN_LIMIT_S = 20.0
END_LIMIT_S = 15.0


def sessions(account: Account) -> list[str]:
    """Return the names of the sessions on the host that have both their files."""
    folder = account.folder / ".cache" / "tuichat"
    names = {path.name for path in folder.glob("ssh-*")} if folder.exists() else set()
    return sorted(name[4:-5] for name in names if name.endswith(".json") and f"{name[:-5]}.sock" in names)


def allow(laptop: Laptop, account: Account) -> None:
    """Agree once to lend the sound to an account's machine, though no test has a desktop and few a terminal."""
    laptop.environment["PYTHONPATH"] = str(ROOT)
    destination = f"{account.name}@{account.host.address}:{account.host.port}"
    done = laptop.run(*TUICHAT, "bridge", "allow", "--unseen", destination)
    assert done.returncode == 0, done.stderr


@contextlib.contextmanager
def lent_sound(
    laptop: Laptop, account: Account, name: str = NAME, engine: Sequence[str] = ()
) -> Iterator["subprocess.Popen[bytes]"]:
    """Log in with `name` by `tuichat ssh`, with an `engine` of the test's or its own; its process, whose input ends the session."""
    allow(laptop, account)
    before = sessions(account)
    tuichat = [sys.executable, "-m", "tests.ssh.engine_of_test", json.dumps(engine)] if engine else TUICHAT
    login = laptop.start(*tuichat, "ssh", "-tt", name, "exec cat")
    try:
        deadline_s = time.monotonic() + LISTEN_LIMIT_S
        while sessions(account) == before:
            assert login.poll() is None, laptop.errors
            assert time.monotonic() < deadline_s, f"no session appears: {laptop.errors}"
            time.sleep(0.02)  # another program
        yield login
    finally:
        if login.poll() is None:
            login.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                login.wait(END_LIMIT_S)
        end_group(login)
