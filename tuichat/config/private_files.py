"""Folders and files that only their owner can read, written whole or not at all."""

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tuichat.errors import TuichatError
from tuichat.translation import _

PRIVATE_DIR_MODE = 0o700
PRIVATE_FILE_MODE = 0o600


class PrivateFileError(TuichatError):
    """A folder or file that must be private is not, or cannot be made so."""


def make_private_dir(path: Path) -> Path:
    """Create `path` with mode 0700, parents included, and close it to others if it was open to them.

    Raises PrivateFileError when it belongs to somebody else, is not a folder, or cannot be made.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=PRIVATE_DIR_MODE, exist_ok=True)
        status = path.stat()
        if not stat.S_ISDIR(status.st_mode):
            raise PrivateFileError(_("{path} must be a folder and is a file; move it away.").format(path=path))
        if status.st_uid != os.getuid():
            raise PrivateFileError(
                _("{path} belongs to user {owner}, not to you ({me}); move it away or correct its owner.").format(
                    path=path, owner=status.st_uid, me=os.getuid()
                )
            )
        if stat.S_IMODE(status.st_mode) & 0o077:
            path.chmod(PRIVATE_DIR_MODE)
    except OSError as error:
        raise PrivateFileError(
            _("Cannot make the folder {path}: {reason}.").format(path=path, reason=error.strerror)
        ) from error
    return path


def write_private(path: Path, content: bytes) -> None:
    """Replace `path` by `content` in one step, mode 0600: a reader sees the old file or the new one.

    The content is on disk when this returns. Raises PrivateFileError when it cannot be written.
    """
    try:
        replace_file(path, content, PRIVATE_FILE_MODE)
    except OSError as error:
        raise PrivateFileError(_("Cannot write {path}: {reason}.").format(path=path, reason=error.strerror)) from error


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """Replace `path` by `content` in one step: a reader sees the old file or the new one.

    The content is on disk when this returns. Raises OSError.
    """
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(draft)
        raise
    _sync_dir(path.parent)


@contextlib.contextmanager
def locked(lock: Path) -> Iterator[None]:
    """Wait until no other program holds the file `lock`, and hold it meanwhile; its folder is made private.

    Raises PrivateFileError, OSError.
    """
    make_private_dir(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, PRIVATE_FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def check_private(path: Path) -> None:
    """Raise PrivateFileError, with the command that mends it, when others may read `path`."""
    status = path.stat()
    if status.st_uid != os.getuid():
        raise PrivateFileError(
            _("{path} belongs to user {owner}, not to you ({me}); move it away.").format(
                path=path, owner=status.st_uid, me=os.getuid()
            )
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise PrivateFileError(
            _("{path} can be read by others (mode {mode:04o}); run: chmod 600 '{path}'").format(path=path, mode=mode)
        )


def _sync_dir(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # Some network file systems refuse to sync a folder; the file itself is synced by then.
        with contextlib.suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
