"""Bringing older data to this release's shape."""

import contextlib
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuichat.local.data_folder import DATABASE_NAME
from tuichat.server.store.errors import StoreError, StoreTooNew
from tuichat.server.store.migration import Migration, migrate, migrations
from tuichat.server.store.sqlite import SQLiteStore

FIRST = Migration(1, "0001_initial.sql", "CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (7);")
SECOND = Migration(2, "0002_more.sql", "ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = 'why';")
BROKEN = Migration(3, "0003_broken.sql", "UPDATE a SET x = 0; SELECT * FROM missing;")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "test.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as opened:
        yield opened


def test_the_packages_migrations_are_numbered_from_one_without_gaps() -> None:
    assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_a_new_database_is_made_without_a_backup(connection: sqlite3.Connection, path: Path) -> None:
    assert migrate(connection, path, [FIRST, SECOND]) is None
    assert connection.execute("SELECT * FROM a").fetchall() == [(7, "why")]
    assert migrate(connection, path, [FIRST, SECOND]) is None  # nothing is left to do


def test_an_older_database_is_backed_up_then_changed(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path, [FIRST])
    connection.execute("INSERT INTO a VALUES (8)")
    backup = migrate(connection, path, [FIRST, SECOND])
    assert backup is not None
    assert backup.parent == path.parent / "backups"
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    with contextlib.closing(sqlite3.connect(backup)) as copy:
        assert copy.execute("SELECT * FROM a").fetchall() == [(7,), (8,)]
    assert connection.execute("SELECT x FROM a").fetchall() == [(7,), (8,)]


def test_a_failing_step_changes_nothing_and_names_the_backup(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path, [FIRST, SECOND])
    with pytest.raises(StoreError, match=r"0003_broken\.sql.*backups"):
        migrate(connection, path, [FIRST, SECOND, BROKEN])
    assert connection.execute("SELECT x FROM a").fetchall() == [(7,)]
    assert connection.execute("PRAGMA user_version").fetchone() == (2,)


def test_a_newer_database_is_refused(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path, [FIRST, SECOND])
    with pytest.raises(StoreTooNew, match="newer tuichat"):
        migrate(connection, path, [FIRST])


async def test_the_store_refuses_data_of_a_newer_release(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    store = await SQLiteStore.open(path, publish=lambda event: None)
    await store.close()
    with contextlib.closing(sqlite3.connect(path)) as opened:
        opened.execute("PRAGMA user_version = 9999")
    with pytest.raises(StoreTooNew):
        await SQLiteStore.open(path, publish=lambda event: None)
