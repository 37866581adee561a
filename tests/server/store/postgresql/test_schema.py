"""Both stores have the same tables."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from tuichat.server.store.migration import migrate, migrations
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.connection import PostgresConnection
from tuichat.server.store.postgresql.migration import FOLDER
from tuichat.server.store.row_copy import copied_tables

TYPES = {"INTEGER": "bigint", "TEXT": "text", "BLOB": "bytea", "REAL": "double precision"}
Columns = dict[str, list[tuple[str, str, bool]]]  # by table: name, type, and whether it may be absent


def embedded_columns(path: Path) -> tuple[Columns, set[str]]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        migrate(connection, path)
        found: Columns = {}
        for table in copied_tables(connection):
            described = connection.execute(f"PRAGMA table_info({table.name})").fetchall()
            found[table.name] = [
                (name, TYPES[kind], not needed and not key) for _, name, kind, needed, _, key in described
            ]
        indexes = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        return found, {name for (name,) in indexes}


def shared_columns(url: str) -> tuple[Columns, set[str]]:
    connection = PostgresConnection(DatabaseAddress(url))
    found: Columns = {}
    for table, name, kind, nullable in connection.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'public' ORDER BY table_name, ordinal_position"
    ):
        found.setdefault(table, []).append((name, kind, nullable == "YES"))
    indexes = {name for (name,) in connection.execute("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")}
    connection.close()
    return found, indexes


def test_the_newest_step_has_the_same_number_in_both() -> None:
    assert migrations()[-1].version == migrations(FOLDER)[-1].version


@pytest.mark.slow
@pytest.mark.system
async def test_tables_columns_and_indexes_are_the_same(database_url: str, tmp_path: Path) -> None:
    embedded, embedded_indexes = embedded_columns(tmp_path / "embedded.db")
    shared, shared_indexes = await asyncio.to_thread(shared_columns, database_url)
    assert shared.pop("format") == [("version", "bigint", False)]
    assert [name for name, _, _ in shared.pop("message_search")] == ["id", "terms"]
    assert shared == embedded
    assert embedded_indexes <= shared_indexes
