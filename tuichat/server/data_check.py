"""Whether a folder of data holds together: its database, and the files that rows name."""

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable, Collection
from pathlib import Path

from tuichat.local.data_folder import DATABASE_NAME
from tuichat.server.archive import COPY_BYTES, stored_path
from tuichat.server.store import check
from tuichat.server.store.errors import StoreError
from tuichat.server.store.migration import migrate

MAX_SHOWN = 5  # file names in one sentence; taste

Say = Callable[[str], None]


def check_database(path: Path, say: Say) -> list[str]:
    """Check a database that nobody else has open, brought to this release's format first. Raises StoreTooNew.

    Each fault is a sentence; a file that is no database is one.
    """
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            try:
                migrate(connection, path)
            except StoreError as error:
                if isinstance(error.__cause__, sqlite3.Error):
                    return [str(error)]
                raise
            return check.faults(connection, say)
    except sqlite3.Error as error:
        return [f"{path} cannot be read: {error}."]


def check_files(
    database: Path, folder: Path, say: Say, *, but: Collection[str] = (), may_none_be_missing: bool = True
) -> list[str]:
    """Compare the files of a folder with what a database says of them: that they are there, their size, their hash.

    Files of `but` may be missing. `may_none_be_missing` false: all may, for somebody removes files meanwhile.
    """
    say("stored files")
    missing: list[str] = []
    changed: list[str] = []
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        named = connection.execute(
            "SELECT file, max(size_bytes) FROM (SELECT file, size_bytes FROM message_files"
            " UNION ALL SELECT file, NULL FROM images) GROUP BY file ORDER BY file"
        )
        for name, size_bytes in named:
            path = stored_path(folder, name)
            try:
                if (size_bytes is not None and path.stat().st_size != size_bytes) or _hash(path) != name:
                    changed.append(name)
            except FileNotFoundError:
                if may_none_be_missing and name not in but:
                    missing.append(name)
    return [
        f"{len(names)} files that messages or pictures refer to {what}: {', '.join(names[:MAX_SHOWN])}"
        f"{', ...' if len(names) > MAX_SHOWN else ''}"
        for names, what in ((missing, "are missing"), (changed, "are not what they were"))
        if names
    ]


def check_folder(folder: Path, say: Say) -> list[str]:
    """Check a whole folder of data that nobody has open."""
    found = check_database(folder / DATABASE_NAME, say)
    return found or check_files(folder / DATABASE_NAME, folder, say)


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(COPY_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
