"""Watches for laptops: reads the folders of sessions again only when something in them has changed."""

import os
import time
from collections.abc import Callable, Mapping

from tuichat.local.ssh_session import SshSession, find_sessions, session_folders

SETTLED_S = 2.0  # a change in the same tick of the file system's clock as the one before leaves its time as it was

_Stamp = tuple[int, int]


class SessionFinder:
    """`look` may be slow on a network's file system: it is for a thread."""

    def __init__(self, environ: Mapping[str, str] = os.environ, *, now_s: Callable[[], float] = time.time) -> None:
        self._environ = environ
        self._now_s = now_s
        self._seen: tuple[_Stamp | None, ...] | None = None
        self._found: tuple[SshSession, ...] = ()

    def look(self) -> tuple[SshSession, ...]:
        """Return the sessions that there are now, the newest first."""
        now_s = self._now_s()
        stamps = tuple(_stamp(os.fspath(folder)) for folder in session_folders(self._environ))
        if stamps != self._seen:
            self._found = tuple(find_sessions(self._environ))
            is_settled = all(stamp is None or now_s - stamp[1] / 1e9 > SETTLED_S for stamp in stamps)
            self._seen = stamps if is_settled else None
        return self._found


def _stamp(folder: str) -> _Stamp | None:
    try:
        status = os.stat(folder, follow_symlinks=False)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns
