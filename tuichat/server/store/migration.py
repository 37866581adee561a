"""Bringing a database to this release's shape, after a backup."""

import contextlib
import re
import sqlite3
import time
from importlib import resources
from pathlib import Path

import msgspec

from tuichat.config.private_files import make_private_dir
from tuichat.server.store.errors import StoreError, StoreTooNew

_FILE_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")


class Migration(msgspec.Struct, frozen=True):
    """One step: `version` is what the database has after it."""

    version: int
    name: str
    sql: str


def migrations(folder: str = "tuichat.server.store.migrations") -> list[Migration]:
    """The steps that come with this release, in order."""
    found = []
    for file in resources.files(folder).iterdir():
        if match := _FILE_NAME.match(file.name):
            found.append(Migration(int(match[1]), file.name, file.read_text("utf-8")))
    return sorted(found, key=lambda step: step.version)


def migrate(connection: sqlite3.Connection, path: Path, steps: list[Migration] | None = None) -> Path | None:
    """Apply the steps that `path` has not had, each in a transaction, and return the backup that was made before, if any.

    Raises StoreTooNew for a database of a newer release, StoreError when a step fails; the database then is as before it.
    """
    steps = migrations() if steps is None else steps
    newest = steps[-1].version
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > newest:
        raise StoreTooNew(
            f"{path} was written by a newer tuichat (its format is {version}, this one knows {newest}). Update tuichat."
        )
    if version == newest:
        return None
    backup = _back_up(connection, path, version) if version else None
    for step in steps:
        if step.version <= version:
            continue
        try:
            connection.executescript(f"BEGIN IMMEDIATE;\n{step.sql}\nPRAGMA user_version = {step.version};\nCOMMIT;")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            kept = f" A backup is at {backup}." if backup else ""
            raise StoreError(
                f"{path} could not be brought to format {step.version} ({step.name}): {error}.{kept}"
            ) from error
    return backup


def _back_up(connection: sqlite3.Connection, path: Path, version: int) -> Path:
    """Copy the whole database to the folder `backups` beside it."""
    folder = make_private_dir(path.parent / "backups")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    backup = folder / f"{path.stem}-format{version}-{stamp}-{time.time_ns() % 1_000_000_000:09}.db"
    backup.touch(mode=0o600, exist_ok=False)
    with contextlib.closing(sqlite3.connect(backup)) as copy:
        connection.backup(copy)
    return backup
