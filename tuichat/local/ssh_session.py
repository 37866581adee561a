"""The sessions of `tuichat ssh` on the machine that is logged in to: a socket and a file each, in a folder of this user alone.

`ssh-NAME.sock` is what sshd listens at for the laptop, `ssh-NAME.json` (mode 0600) says whose it is. The laptop has both made at
the start of a session and removed at its end; what a session left behind that ended by force is swept here. When a session
began is told by this machine's clock, since those of two laptops need not agree.
"""

import contextlib
import heapq
import itertools
import os
import re
import secrets
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from tuichat.config.secret import remember_secret
from tuichat.local.errors import LocalError
from tuichat.local.runtime import check_folder

MAX_FILE_BYTES = 4096
MAX_SESSIONS = 64  # more are not looked at, the newest first
MAX_READ = 256  # files of one folder, those written last
MAX_NAMES = 100_000  # of one folder: whoever has more files there has other troubles
SECRET_BYTES = 32
_FILE = re.compile(r"ssh-([0-9a-f]{16})\.json")


class SshSession(msgspec.Struct, frozen=True, kw_only=True):
    """One login from a laptop. `secret` proves to each end that the other one was there when the session was set up."""

    key: str
    folder: Path
    laptop: str  # text from outside
    began_s: float
    secret: bytes
    laptop_number: str = ""  # from outside; "" of a laptop that tells none

    def __repr__(self) -> str:
        return f"SshSession({self.key!r}, laptop={self.laptop!r})"

    @property
    def socket(self) -> Path:
        return self.folder / socket_name(self.key)

    def is_same_laptop(self, other: "SshSession") -> bool:
        """Return whether both are from one laptop: two may have one name, but never one number."""
        if self.laptop_number and other.laptop_number:
            return self.laptop_number == other.laptop_number
        return self.laptop == other.laptop


class SessionFile(msgspec.Struct, frozen=True, kw_only=True):
    """What `ssh-NAME.json` holds, JSON of one line. Unknown fields are ignored."""

    secret: str  # hexadecimal, SECRET_BYTES
    laptop: str
    began: Annotated[float, Meta(ge=0, le=1e11)] = 0.0  # Unix time, by the clock of the machine that is logged in to
    laptop_number: str = ""
    v: int = 1


def socket_name(key: str) -> str:
    return f"ssh-{key}.sock"


def file_name(key: str) -> str:
    return f"ssh-{key}.json"


def session_folders(environ: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Yield where sessions may be: also those of a login whose environment this process, in a tmux of yesterday, has not.

    A login writes to one of them, as its own environment says: the one below XDG_RUNTIME_DIR, in a shell whose startup files do
    not set it the one of the system, and where there is neither the one in the cache.
    """
    seen: set[Path] = set()
    given = environ.get("XDG_RUNTIME_DIR", "")
    home = environ.get("HOME", "")
    candidates = [Path(given) / "tuichat"] if given.startswith("/") else []
    candidates.append(Path(f"/run/user/{os.getuid()}/tuichat"))
    if home.startswith("/"):
        candidates.append(Path(home) / ".cache" / "tuichat")
    for folder in candidates:
        if folder not in seen:
            seen.add(folder)
            yield folder


def new_secret() -> bytes:
    """Return the secret of a new session. No log of this process holds it from now on."""
    secret = secrets.token_bytes(SECRET_BYTES)
    remember_secret(secret.hex())
    return secret


def find_sessions(environ: Mapping[str, str] = os.environ) -> list[SshSession]:
    """Return the sessions that have a file and a socket of this user, the newest first. Whether anybody listens is not asked."""
    found: dict[str, SshSession] = {}  # by key: two paths may lead to one folder
    for folder in session_folders(environ):
        try:
            check_folder(folder)
            keys = _newest_keys(folder)
        except (OSError, LocalError):
            continue
        for key in keys:
            session = None if key in found else _read(folder, key)
            if session is not None:
                found[key] = session
    return sorted(found.values(), key=lambda session: session.began_s, reverse=True)[:MAX_SESSIONS]


def remove_session(session: SshSession) -> None:
    """Sweep what a session left behind."""
    for path in (session.folder / file_name(session.key), session.socket):
        with contextlib.suppress(OSError):
            path.unlink()


def _newest_keys(folder: Path) -> list[str]:
    """Return whose files there are, sorted; where those are many the ones written last. Raises OSError."""
    with os.scandir(folder) as entries:
        matches = [_FILE.fullmatch(entry.name) for entry in itertools.islice(entries, MAX_NAMES)]
    keys = [match[1] for match in matches if match]
    if len(keys) > MAX_READ:
        keys = heapq.nlargest(MAX_READ, keys, key=lambda key: _written_ns(folder / file_name(key)))
    return sorted(keys)


def _written_ns(path: Path) -> int:
    try:
        return path.lstat().st_mtime_ns
    except OSError:  # it has gone since
        return 0


def _read(folder: Path, key: str) -> SshSession | None:
    """Return what a file tells; None where it or its socket is not ours, is open to others, or makes no sense."""
    try:
        with contextlib.closing(_Opened(folder / file_name(key))) as opened:
            written = msgspec.json.decode(opened.read(), type=SessionFile)
        secret = bytes.fromhex(written.secret)
        status = (folder / socket_name(key)).lstat()
    except (OSError, ValueError, RecursionError):  # msgspec's errors are ValueErrors
        return None
    if (
        written.v != 1
        or len(secret) != SECRET_BYTES
        or not stat.S_ISSOCK(status.st_mode)
        or status.st_uid != os.getuid()
    ):
        return None
    remember_secret(secret.hex())
    return SshSession(
        key=key,
        folder=folder,
        laptop=written.laptop[:64],
        began_s=written.began,
        secret=secret,
        laptop_number=written.laptop_number[:64],
    )


class _Opened:
    """A private file of this user, never a link."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
            self.close()
            raise OSError(f"{path} is no private file of this user")

    def read(self) -> bytes:
        return os.read(self._descriptor, MAX_FILE_BYTES)

    def close(self) -> None:
        os.close(self._descriptor)
