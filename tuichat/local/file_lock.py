"""A lock that one program of several holds, by a file."""

import fcntl
import os
from pathlib import Path

from tuichat.config.private_files import PRIVATE_FILE_MODE
from tuichat.local.errors import LocalError
from tuichat.translation import _


class FileLock:
    """Held from `take` to `release`, or to the end of the program that took it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Say whether the lock is ours now. Raises LocalError where it cannot be opened."""
        # BSD locks belong to the open file, so two callers in one process exclude each other as well;
        # a caller that dies lets go.
        if self._descriptor is not None:
            return True
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, PRIVATE_FILE_MODE)
        except OSError as error:
            raise LocalError(
                _("Cannot open {path}: {reason}.").format(path=self._path, reason=error.strerror)
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
