"""The embedded store: one SQLite file in WAL mode, one writing thread, a few reading ones."""

import asyncio
import contextlib
import logging
import os
import secrets
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from tuichat.protocol.snowflake import SnowflakeGenerator
from tuichat.server.store.connection import Connection
from tuichat.server.store.engine import LAST_ID_KEY, EmbeddedEngine, Engine
from tuichat.server.store.errors import StoreError
from tuichat.server.store.message_search import MessageSearch, SearchPage
from tuichat.server.store.migration import migrate
from tuichat.server.store.recent_messages import RecentMessages
from tuichat.server.store.search_query import search
from tuichat.server.store.snapshot import Progress, copy_database
from tuichat.server.store.store import Publish
from tuichat.server.store.table_store import TableStore

logger = logging.getLogger(__name__)

SERVER_ID_KEY = "server_id"


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class SQLiteDatabase:
    """One file, and the connection that writes to it."""

    begin_snapshot = "BEGIN"

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    @property
    def shown(self) -> str:
        return str(self.path)

    def engine(self, wall_ms: Callable[[], int]) -> Engine:
        return EmbeddedEngine(self._connection, wall_ms)

    def connect(self) -> sqlite3.Connection:
        reading = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
        reading.execute("PRAGMA query_only = ON")
        return reading

    def search(self, connection: Connection, wanted: MessageSearch) -> SearchPage:
        return search(connection, wanted)

    def size_bytes(self, connection: Connection) -> int:
        pages, page_bytes = (connection.execute(f"PRAGMA page_{what}").fetchone()[0] for what in ("count", "size"))
        return int(pages * page_bytes)

    def copy(self, target: Path, progress: Progress) -> None:
        copy_database(self.path, target, progress)

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()


class SQLiteStore(TableStore):
    """The store of one server process; the data folder's lock keeps every other process away."""

    @classmethod
    async def open(
        cls, path: Path, *, publish: Publish, worker: int = 0, wall_ms: Callable[[], int] = wall_ms
    ) -> "SQLiteStore":
        """Open or make a database, bring it to this release's shape, and start its threads.

        `publish` gets every committed event on the loop. Raises StoreTooNew or StoreError with a sentence.
        """
        connection = await asyncio.to_thread(connect_embedded, path)
        database = SQLiteDatabase(path, connection)
        try:
            await asyncio.to_thread(migrate, connection, path)
            server_id, last_id = await asyncio.to_thread(_identify, connection)
            ids = SnowflakeGenerator(worker, last_id)
            engine = await asyncio.to_thread(database.engine, wall_ms)
        except sqlite3.Error as error:
            connection.close()
            raise StoreError(f"{path} cannot be opened: {error}.") from error
        except BaseException:
            connection.close()
            raise
        return cls(database, engine, ids, server_id, publish, RecentMessages(), wall_ms)


def connect_embedded(path: Path) -> sqlite3.Connection:
    """Open or make a file for the connection that writes. Raises StoreError."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))  # SQLite gives its WAL the same mode
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")  # a commit returns when the disk has it
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 4000")  # pages: 16 MB of log, a checkpoint less often
        connection.execute("PRAGMA journal_size_limit = 67108864")
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{path} cannot be opened: {error}.") from error
    return connection


def _identify(connection: sqlite3.Connection) -> tuple[str, int]:
    """Return the server's id, made at the first start, and the last id that was taken."""
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT OR IGNORE INTO settings VALUES (?, ?)", (SERVER_ID_KEY, secrets.token_hex(16)))
    connection.execute("INSERT OR IGNORE INTO settings VALUES (?, '0')", (LAST_ID_KEY,))
    connection.execute("COMMIT")
    found = dict(
        connection.execute("SELECT key, value FROM settings WHERE key IN (?, ?)", (SERVER_ID_KEY, LAST_ID_KEY))
    )
    return found[SERVER_ID_KEY], int(found[LAST_ID_KEY])
