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
from tuichat.server.store.engine import LAST_ID_KEY, EmbeddedEngine
from tuichat.server.store.errors import StoreBusy, StoreError
from tuichat.server.store.message_search import MessageSearch, SearchIndexing, SearchPage
from tuichat.server.store.migration import migrate
from tuichat.server.store.readers import Readers
from tuichat.server.store.recent_messages import RecentMessages
from tuichat.server.store.search_index import is_damage
from tuichat.server.store.search_query import search
from tuichat.server.store.snapshot import Progress, copy_database
from tuichat.server.store.statistics import Statistics, read_statistics
from tuichat.server.store.store import Publish
from tuichat.server.store.table_store import MAX_SEARCHES, SEARCH_THREADS, TableStore
from tuichat.server.store.writer import Writer

logger = logging.getLogger(__name__)

SERVER_ID_KEY = "server_id"


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class SQLiteStore(TableStore):
    """The store of one server process; the data folder's lock keeps every other process away."""

    def __init__(
        self,
        writer: Writer,
        ids: SnowflakeGenerator,
        server_id: str,
        connection: sqlite3.Connection,
        publish: Publish,
        path: Path,
    ) -> None:
        def connect() -> sqlite3.Connection:
            reading = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
            reading.execute("PRAGMA query_only = ON")
            return reading

        searchers = Readers(connect, SEARCH_THREADS)
        super().__init__(writer, Readers(connect), searchers, ids, server_id, publish, RecentMessages())
        self._path = path
        self._connection = connection
        self._searching = 0

    @classmethod
    async def open(
        cls, path: Path, *, publish: Publish, worker: int = 0, wall_ms: Callable[[], int] = wall_ms
    ) -> "SQLiteStore":
        """Open or make a database, bring it to this release's shape, and start its threads.

        `publish` gets every committed event on the loop. Raises StoreTooNew or StoreError with a sentence.
        """
        connection = await asyncio.to_thread(_connect, path)
        try:
            await asyncio.to_thread(migrate, connection, path)
            server_id, last_id = await asyncio.to_thread(_identify, connection)
            ids = SnowflakeGenerator(worker, last_id)
            engine = await asyncio.to_thread(EmbeddedEngine, connection, wall_ms)
            writer = Writer(engine, ids, publish, asyncio.get_running_loop(), wall_ms)
        except sqlite3.Error as error:
            connection.close()
            raise StoreError(f"{path} cannot be opened: {error}.") from error
        except BaseException:
            connection.close()
            raise
        return cls(writer, ids, server_id, connection, publish, path)

    async def search(self, wanted: MessageSearch) -> SearchPage | SearchIndexing:
        if not self._writer.search.is_complete:
            return SearchIndexing(indexed=self._writer.search.backfilled)
        if self._searching >= MAX_SEARCHES:
            raise StoreBusy(f"{self._searching} searches run or wait already; try again in a moment.")
        self._searching += 1
        try:
            if self._writer.search.has_waiting:
                await self._writer.write(lambda _: self._writer.search.demand())
            return await self._searchers.read(lambda c: search(c, wanted))
        except StoreError as error:
            if not is_damage(error.__cause__):
                raise
            logger.error("The search index is damaged (%s) and is made anew", error)
            await self._writer.write(lambda _: self._writer.search.renew())
            return SearchIndexing(indexed=0)
        finally:
            self._searching -= 1

    async def statistics(self) -> Statistics:
        def query(connection: Connection) -> Statistics:
            (pages,), (page_bytes,) = (
                connection.execute(f"PRAGMA page_{what}").fetchone() for what in ("count", "size")
            )
            return read_statistics(connection, pages * page_bytes)

        return await self._searchers.read(query)

    async def copy_to(self, target: Path, progress: Progress) -> None:
        await asyncio.to_thread(copy_database, self._path, target, progress)

    async def close(self) -> None:
        await self._close_threads()
        with contextlib.suppress(sqlite3.Error):
            await asyncio.to_thread(self._connection.execute, "PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()


def _connect(path: Path) -> sqlite3.Connection:
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
