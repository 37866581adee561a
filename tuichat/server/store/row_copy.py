"""Rows copied from one database to another, whatever they are: for a backup of the scaled store, and for moving house."""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from tuichat.server.store.connection import ERRORS, Connection
from tuichat.server.store.errors import StoreError
from tuichat.server.store.message_batch import insert_rows
from tuichat.server.store.migration import migrate
from tuichat.server.store.snapshot import Progress, have_on_disk, make_new_file

ROWS_AT_ONCE = 2_000


class CopiedTable(msgspec.Struct, frozen=True):
    """A table as the embedded store has it: its columns, and those of its key in their order.

    `kept` is the condition that its rows are copied on, in the words of both databases.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    kept: str = "1 = 1"


def copied_tables(embedded: sqlite3.Connection) -> list[CopiedTable]:
    """Every table that holds rows of its own, parents before their children."""
    found: dict[str, CopiedTable] = {}
    parents: dict[str, set[str]] = {}
    sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (name,) in embedded.execute(f"{sql} ORDER BY name").fetchall():
        if name.startswith("message_search"):
            continue
        columns = embedded.execute("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
        key = tuple(column for column, place in sorted(columns, key=lambda each: int(each[1])) if place)
        found[name] = CopiedTable(name, tuple(column for column, _ in columns), key)
        references = embedded.execute('SELECT "table" FROM pragma_foreign_key_list(?)', (name,))
        parents[name] = {parent for (parent,) in references} - {name}
    ordered: list[CopiedTable] = []
    placed: set[str] = set()
    while len(ordered) < len(found):
        for name, table in found.items():
            if name not in placed and parents[name] <= placed:
                ordered.append(table)
                placed.add(name)
    return ordered


def copy_rows(
    source: Connection, target: Connection, tables: Sequence[CopiedTable], progress: Callable[[int], None]
) -> None:
    """Copy every row; `source` stands still, `target` is in a transaction. `progress` gets the rows so far.

    Raises one of ERRORS.
    """
    done = 0
    for table in tables:
        names = ", ".join(table.columns)
        for rows in pages(source, table):
            insert_rows(target, f"INSERT INTO {table.name} ({names}) VALUES", rows)  # names of our own
            done += len(rows)
            progress(done)


def count_rows(connection: Connection, tables: Sequence[CopiedTable]) -> int:
    counts = (f"SELECT count(*) FROM {table.name} WHERE {table.kept}" for table in tables)  # noqa: S608  # names of our own
    return sum(int(connection.execute(sql).fetchone()[0]) for sql in counts)


def copy_to_embedded(source: Connection, shown: str, target: Path, progress: Progress) -> None:
    """Write all rows of another database, as they are at one moment, to the new file `target` of the embedded store.

    `shown` names the source. Its messages are made searchable when the file is opened. Raises StoreError; then there is no
    `target`.
    """
    make_new_file(target)
    try:
        with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as writing:
            migrate(writing, target)
            tables = copied_tables(writing)
            source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            (size_bytes,) = source.execute("SELECT pg_database_size(current_database())").fetchone()
            total = max(count_rows(source, tables), 1)
            writing.execute("PRAGMA foreign_keys = OFF")
            writing.execute("BEGIN IMMEDIATE")
            copy_rows(source, writing, tables, lambda done: progress(size_bytes * done // total, size_bytes))
            keep_last_id(writing)
            source.execute("COMMIT")
            writing.execute("COMMIT")
            writing.execute("PRAGMA journal_mode = DELETE")
        have_on_disk(target)
    except (OSError, *ERRORS) as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"{shown} cannot be copied to {target}: {error}.") from error


def keep_last_id(embedded: sqlite3.Connection) -> None:
    """Of the last ids of all nodes, the embedded store goes on from the highest."""
    embedded.execute(
        "INSERT INTO settings SELECT 'last_id', CAST(max(CAST(value AS INTEGER)) AS TEXT) FROM settings"
        " WHERE substr(key, 1, 7) = 'last_id' ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    for beginning in ("last_id_", "search_", "commit_"):  # what a database says of itself alone
        embedded.execute("DELETE FROM settings WHERE substr(key, 1, ?) = ?", (len(beginning), beginning))


def pages(source: Connection, table: CopiedTable) -> Iterator[list[tuple[object, ...]]]:
    """The rows in the order of their key, so many at a time."""
    names, key = ", ".join(table.columns), ", ".join(table.key)
    places = [table.columns.index(column) for column in table.key]
    marks = ", ".join("?" * len(table.key))
    last: tuple[object, ...] | None = None
    while True:
        after = "" if last is None else f" AND ({key}) > ({marks})"
        sql = f"SELECT {names} FROM {table.name} WHERE {table.kept}{after} ORDER BY {key} LIMIT {ROWS_AT_ONCE}"  # noqa: S608  # names of our own
        rows = [tuple(record) for record in source.execute(sql, last or ())]
        if rows:
            yield rows
        if len(rows) < ROWS_AT_ONCE:
            return
        last = tuple(rows[-1][place] for place in places)
