"""A copy of a database as it is at one moment, made while others write to it."""

import contextlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

from tuichat.server.store.errors import StoreError

PAGES_AT_ONCE = 4096  # taste: 16 MB between two reports

Progress = Callable[[int, int], None]  # bytes done, bytes in all


def copy_database(source: Path, target: Path, progress: Progress) -> None:
    """Copy `source` to the new file `target`, mode 0600, as one file without a log beside it, and have it on the disk.

    A read transaction is open all the time, so what is written meanwhile neither comes in nor makes the copy begin anew.
    Raises StoreError; then there is no `target`.
    """
    make_new_file(target)
    try:
        with (
            contextlib.closing(sqlite3.connect(source, isolation_level=None, timeout=10)) as reading,
            contextlib.closing(sqlite3.connect(target, isolation_level=None)) as writing,
        ):
            (page_bytes,) = reading.execute("PRAGMA page_size").fetchone()
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it stands still
            reading.backup(
                writing,
                pages=PAGES_AT_ONCE,
                progress=lambda _, left, total: progress((total - left) * page_bytes, total * page_bytes),
            )
            reading.execute("COMMIT")
            writing.execute("PRAGMA journal_mode = DELETE")
        have_on_disk(target)
    except (OSError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"{source} cannot be copied to {target}: {error}.") from error


def make_new_file(path: Path) -> None:
    """Make a file of mode 0600 that was not there. Raises StoreError."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}.") from error


def have_on_disk(path: Path) -> None:
    """Return when the disk has the file. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
