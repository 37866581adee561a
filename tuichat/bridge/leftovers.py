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


def sweep(folder: Path) -> None:
    """Remove those at which nobody listens. What cannot be looked at is left as it is."""
    with contextlib.suppress(OSError):
        for name in os.listdir(folder):
            if _SOCKET.fullmatch(name):
                remove_if_left(folder / name)


def remove_if_left(path: Path) -> None:
    """Remove a socket at which nobody listens any more."""
    with contextlib.suppress(OSError):
        if _is_left(path):
            path.unlink(missing_ok=True)


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
