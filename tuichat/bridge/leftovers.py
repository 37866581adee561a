"""Sweeps the sockets that earlier sessions left on the laptop when they, or their ssh, were killed."""

import contextlib
import os
import re
import socket
import stat
import time
from pathlib import Path

AGE_S = 60.0  # what is younger may be about to listen
_SOCKET = re.compile(r"bridge-[0-9a-f]{16}\.sock|laptop-[0-9a-f]{16}\.sock|m-[0-9a-f]{9}")
"""A bridge's, its control socket, and that of the connection which a login shares with nobody: private_control_path."""


_SESSION = re.compile(r"laptop-[0-9a-f]{16}\.json")


def session_path(path: Path) -> Path:
    """Return where it stands whose the control socket at `path` is."""
    return path.with_suffix(".json")


def sweep(folder: Path) -> None:
    """Remove those at which nobody listens. What cannot be looked at is left as it is."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if _SOCKET.fullmatch(name):
                remove_if_left(folder / name)
        for name in os.listdir(folder):
            path = folder / name
            if _SESSION.fullmatch(name) and not path.with_suffix(".sock").exists() and _is_old(path):
                path.unlink(missing_ok=True)


def remove_if_left(path: Path) -> None:
    """Remove a socket at which nobody listens any more, with the file beside it."""
    with contextlib.suppress(OSError):
        if _is_left(path):
            path.unlink(missing_ok=True)
            if _SESSION.fullmatch(session_path(path).name):
                session_path(path).unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    status = path.lstat()
    return stat.S_ISREG(status.st_mode) and time.time() - status.st_mtime > AGE_S


def _is_left(path: Path) -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        status = path.lstat()
        if stat.S_ISSOCK(status.st_mode) and time.time() - status.st_mtime > AGE_S:
            connection.setblocking(False)
            try:
                connection.connect(os.fspath(path))
            except ConnectionRefusedError:
                return True
    return False
