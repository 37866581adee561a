"""Rows of a table by their keys, in either database."""

from collections.abc import Iterator, Sequence

from tuichat.server.store.connection import Connection
from tuichat.server.store.message_batch import insert_rows
from tuichat.server.store.moving.row_sum import Row
from tuichat.server.store.row_copy import CopiedTable
from tuichat.server.store.storable import storable

KEYS_AT_ONCE = 100  # SQLite's statements are no deeper than 1000

Key = tuple[object, ...]


def storable_row(row: Row) -> Row:
    """A row as every database can have it."""
    return tuple(storable(value) for value in row)


def read_rows_of(connection: Connection, table: CopiedTable, keys: Sequence[Key]) -> list[Row]:
    """Those rows that are there."""
    sql = f"SELECT {', '.join(table.columns)} FROM {table.name}"  # noqa: S608  # names of our own
    return [tuple(row) for where, values in _wheres(table, keys) for row in connection.execute(sql + where, values)]


def delete_rows_of(connection: Connection, table: CopiedTable, keys: Sequence[Key]) -> None:
    for where, values in _wheres(table, keys):
        connection.execute(f"DELETE FROM {table.name}{where}", values)  # noqa: S608  # names of our own


def put_rows(connection: Connection, table: CopiedTable, rows: Sequence[Row]) -> None:
    """Insert rows, or change those whose keys are there."""
    others = [column for column in table.columns if column not in table.key]
    changes = ", ".join(f"{column} = excluded.{column}" for column in others)
    suffix = f"ON CONFLICT ({', '.join(table.key)}) DO {f'UPDATE SET {changes}' if changes else 'NOTHING'}"
    insert_rows(connection, f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES", rows, suffix)


def key_of(table: CopiedTable, row: Row) -> Key:
    return tuple(row[table.columns.index(column)] for column in table.key)


def _wheres(table: CopiedTable, keys: Sequence[Key]) -> Iterator[tuple[str, list[object]]]:
    """Conditions of one size, so that each table needs one statement."""
    one = f"({' AND '.join(f'{column} = ?' for column in table.key)})"
    where = " WHERE " + " OR ".join([one] * KEYS_AT_ONCE)
    for begin in range(0, len(keys), KEYS_AT_ONCE):
        chunk = list(keys[begin : begin + KEYS_AT_ONCE])
        chunk += chunk[-1:] * (KEYS_AT_ONCE - len(chunk))
        yield where, [value for key in chunk for value in key]
