"""Where a store moves to: an empty database that takes rows in one transaction, and becomes the store's in the end."""

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from tuichat.server.store.connection import Connection
from tuichat.server.store.database import Database
from tuichat.server.store.engine import LAST_ID_KEY
from tuichat.server.store.migration import migrate
from tuichat.server.store.row_copy import CopiedTable, copied_tables
from tuichat.server.store.snapshot import have_on_disk, make_new_file
from tuichat.server.store.sqlite import SQLiteDatabase, connect_embedded

# What a database says of itself alone: its last ids, its last commits, how far its search index is. All begin with 7 letters.
OWN_SETTINGS = ("last_id", "commit_", "search_")
_KEPT_SETTINGS = " AND ".join(f"substr(key, 1, 7) <> '{beginning}'" for beginning in OWN_SETTINGS)


class Destination(Protocol):
    """Every method waits, and is called off the loop. Raises StoreError or one of ERRORS."""

    @property
    def shown(self) -> str: ...

    @property
    def connection(self) -> Connection:
        """In the transaction, once it is open."""
        ...

    def open(self, tables: Sequence[CopiedTable]) -> None:
        """Begin the transaction that all rows come in; nothing does by itself what the source has done."""
        ...

    def prepare(self) -> None:
        """Most rows are in: do what takes long, and need not wait for the rest."""
        ...

    def commit(self, last_id: int) -> None:
        """All rows are in, and ids go on above `last_id`: have it on the disk."""
        ...

    def database(self) -> Database:
        """After the commit: what a store goes on with."""
        ...

    def discard(self) -> None:
        """Leave nothing of what was not committed, and close. Raises nothing."""
        ...


def tables_to_move() -> list[CopiedTable]:
    """All tables of this release, parents before their children."""
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as empty:
        migrate(empty, Path(":memory:"))
        return [
            msgspec.structs.replace(table, kept=_KEPT_SETTINGS) if table.name == "settings" else table
            for table in copied_tables(empty)
        ]


def read_last_id(source: Connection) -> int:
    """The highest id that any node took."""
    found = source.execute("SELECT value FROM settings WHERE substr(key, 1, 7) = 'last_id'").fetchall()
    return max((int(value) for (value,) in found), default=0)


class EmbeddedDestination:
    """A new file of the embedded store, made beside its place and put there in one step."""

    connection: sqlite3.Connection

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(f".{path.name}.moving")
        self._triggers: list[str] = []

    @property
    def shown(self) -> str:
        return str(self._path)

    def open(self, tables: Sequence[CopiedTable]) -> None:
        self._partial.unlink(missing_ok=True)  # of a move that was killed
        make_new_file(self._partial)
        self.connection = sqlite3.connect(self._partial, isolation_level=None, check_same_thread=False)
        execute = self.connection.execute
        migrate(self.connection, self._partial)
        execute("PRAGMA synchronous = OFF")  # the whole file is on the disk before it counts
        execute("PRAGMA foreign_keys = OFF")
        execute("BEGIN IMMEDIATE")
        found = execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND sql IS NOT NULL").fetchall()
        for name, sql in found:
            self._triggers.append(sql)
            execute(f"DROP TRIGGER {name}")
        execute("DELETE FROM settings")

    def prepare(self) -> None:
        self.connection.execute("COMMIT")
        have_on_disk(self._partial)  # so that the last part has little left to write
        self.connection.execute("BEGIN IMMEDIATE")

    def commit(self, last_id: int) -> None:
        for sql in self._triggers:
            self.connection.execute(sql)
        self.connection.execute("INSERT INTO settings VALUES (?, ?)", (LAST_ID_KEY, str(last_id)))
        self.connection.execute("COMMIT")
        self.connection.close()
        have_on_disk(self._partial)
        os.replace(self._partial, self._path)
        have_on_disk(self._path.parent)

    def database(self) -> Database:
        return SQLiteDatabase(self._path, connect_embedded(self._path))

    def discard(self) -> None:
        with contextlib.suppress(sqlite3.Error, AttributeError):
            self.connection.close()
        with contextlib.suppress(OSError):
            self._partial.unlink(missing_ok=True)
