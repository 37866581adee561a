"""What of writing differs between databases: how a transaction begins and ends, and who else may write."""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from typing import Protocol

from tuichat.server.store.connection import Connection, DatabaseError
from tuichat.server.store.event_log import EventLog
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.search_index import SearchIndex

LAST_ID_KEY = "last_id"


class SearchWrites(Protocol):
    """What makes messages searchable with the transaction that writes them; SearchIndex tells of each method."""

    is_damaged: bool
    backfilled: int

    @property
    def is_complete(self) -> bool: ...

    @property
    def has_waiting(self) -> bool: ...

    def mark(self) -> int: ...

    def go_back(self, mark: int) -> None: ...

    def added(self, rows: Sequence[MessageRow]) -> None: ...

    def removed(self, rows: Sequence[MessageRow]) -> None: ...

    def changed(self, old: MessageRow, new: MessageRow) -> None: ...

    def demand(self) -> None: ...

    def stage(self) -> None: ...

    def committed(self) -> None: ...

    def renew(self) -> None: ...

    def transaction(self) -> contextlib.AbstractContextManager[None]: ...

    def backfill(self) -> int: ...

    def note_backfilled(self, below: int) -> None: ...


class Engine(Protocol):
    """Belongs to the writing thread. What it does raises one of ERRORS."""

    connection: Connection
    event_log: EventLog
    search: SearchWrites
    max_batch: int  # writes in one transaction
    is_careful: bool  # whether each write gets a savepoint at once, and not only when one of its neighbours failed

    def begin(self) -> None: ...

    def commit(self, last_id: int) -> None:
        """Note the last id that was taken, and commit. An error other than OutcomeUnknown says that nothing was."""
        ...

    def recover(self, error: DatabaseError) -> None:
        """Make ready for the same transaction once more, after ConnectionLost or TryAgain."""
        ...


class OutcomeUnknown(DatabaseError):
    """The database went away in the middle of a commit, and did not come back to say what became of it."""


class EmbeddedEngine:
    """Writes to SQLite, alone."""

    max_batch = 512  # beyond it an fsync costs nothing more
    is_careful = True  # a savepoint costs nothing there

    def __init__(self, connection: sqlite3.Connection, wall_ms: Callable[[], int]) -> None:
        self.connection: Connection = connection
        self.event_log = EventLog(connection, wall_ms)
        self.search: SearchWrites = SearchIndex(connection)

    def begin(self) -> None:
        self.connection.execute("BEGIN IMMEDIATE")

    def commit(self, last_id: int) -> None:
        self.connection.execute("UPDATE settings SET value = ? WHERE key = ?", (str(last_id), LAST_ID_KEY))
        self.connection.execute("COMMIT")

    def recover(self, error: DatabaseError) -> None:
        raise error  # SQLite raises none of these
