"""What the statements of every store run on: a connection, whichever database is at its other end."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol, runtime_checkable


class DatabaseError(Exception):
    """A database that is not SQLite could not do what a statement asks for; its text names no secret."""


class RuleBroken(DatabaseError):
    """A row breaks a rule of its table: a key is there already, a parent is gone."""


class ConnectionLost(DatabaseError):
    """The database went away, and with it what the transaction had done."""


class TryAgain(DatabaseError):
    """The transaction stood in another one's way, and was given up: the same once more can succeed."""


ERRORS = (sqlite3.Error, DatabaseError)


class Cursor(Protocol):
    """What a statement found; `rowcount` is how many rows it changed."""

    @property
    def rowcount(self) -> int: ...

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Connection(Protocol):
    """As `sqlite3.Connection` is: it belongs to one thread at a time, and waits.

    Statements are written for SQLite and PostgreSQL alike, with `?` for each parameter, or `?1`, `?2` where one is used twice;
    a list stands as `IN (?, ?, ...)`. Each raises one of ERRORS.
    """

    @property
    def in_transaction(self) -> bool: ...

    def execute(self, sql: str, parameters: Sequence[Any] = ..., /) -> Cursor: ...

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> object: ...


class ReadConnection(Connection, Protocol):
    """A connection for reading alone, to be closed by whoever opened it."""

    def close(self) -> None: ...


@runtime_checkable
class TakesLists(Protocol):
    """A connection that inserts any number of rows with one statement, `INSERT INTO table (columns) VALUES` and a suffix."""

    def insert_rows(self, insert: str, rows: Sequence[tuple[Any, ...]], suffix: str) -> None: ...


def is_rule_broken(error: BaseException) -> bool:
    return isinstance(error, sqlite3.IntegrityError | RuleBroken)
