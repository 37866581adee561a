"""The scaled store: rows in a PostgreSQL database, which several nodes share."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from tuichat.protocol.snowflake import SnowflakeGenerator
from tuichat.server.store.connection import ERRORS, Connection
from tuichat.server.store.engine import LAST_ID_KEY
from tuichat.server.store.errors import StoreBusy, StoreError
from tuichat.server.store.message_search import MessageSearch, SearchIndexing, SearchPage
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.connection import PostgresConnection
from tuichat.server.store.postgresql.engine import PostgresEngine
from tuichat.server.store.postgresql.migration import migrate
from tuichat.server.store.postgresql.search_query import Search
from tuichat.server.store.postgresql.seat import Nodes, Seat
from tuichat.server.store.readers import Readers
from tuichat.server.store.recent_messages import RecentMessages
from tuichat.server.store.row_copy import copy_to_embedded
from tuichat.server.store.snapshot import Progress
from tuichat.server.store.sqlite import SERVER_ID_KEY
from tuichat.server.store.statistics import Statistics, read_statistics
from tuichat.server.store.store import Publish
from tuichat.server.store.table_store import MAX_SEARCHES, SEARCH_THREADS, TableStore
from tuichat.server.store.writer import Writer

logger = logging.getLogger(__name__)

OLDEST_VERSION = 130_000  # as PostgreSQL numbers itself; older ones get no mendings any more


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class PostgresStore(TableStore):
    """The store of one node; each has a worker number of its own, which a lock in the database keeps for it.

    A guild's writes belong to one node at a time; rows that memory keeps could be another's, so memory keeps none.
    """

    def __init__(
        self,
        writer: Writer,
        connection: PostgresConnection,
        ids: SnowflakeGenerator,
        server_id: str,
        publish: Publish,
        address: DatabaseAddress,
    ) -> None:
        def connect() -> PostgresConnection:
            return PostgresConnection(address)

        searchers = Readers(connect, SEARCH_THREADS)
        super().__init__(writer, Readers(connect), searchers, ids, server_id, publish, RecentMessages(0))
        self._connection = connection
        self._address = address
        self._search = Search()
        self._searching = 0

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        publish: Publish,
        worker: int | None = None,
        nodes: Nodes = Nodes.MANY,
        wall_ms: Callable[[], int] = wall_ms,
    ) -> "PostgresStore":
        """Connect, bring the database to this release's shape, and start the threads.

        `worker` None takes the lowest number that no other node has. `publish` gets every committed event on the loop.
        Raises StoreTooNew, StoreInUse or StoreError with a sentence, in which no password stands.
        """
        address = DatabaseAddress(url)
        seat = Seat(worker, nodes, str(address))
        connection = await asyncio.to_thread(PostgresConnection, address, on_connect=seat.take)
        try:
            await asyncio.to_thread(_check_server, connection, str(address))
            await asyncio.to_thread(migrate, connection, str(address))
            worker = seat.worker or 0
            server_id, last_id = await asyncio.to_thread(_identify, connection)
            ids = SnowflakeGenerator(worker, last_id)
            engine = await asyncio.to_thread(PostgresEngine, connection, wall_ms, worker)
            writer = Writer(engine, ids, publish, asyncio.get_running_loop(), wall_ms)
        except ERRORS as error:
            await asyncio.to_thread(connection.close)
            raise StoreError(f"{address} cannot be opened: {error}.") from error
        except BaseException:
            await asyncio.to_thread(connection.close)
            raise
        return cls(writer, connection, ids, server_id, publish, address)

    async def search(self, wanted: MessageSearch) -> SearchPage | SearchIndexing:
        if not self._writer.search.is_complete:
            return SearchIndexing(indexed=self._writer.search.backfilled)
        if self._searching >= MAX_SEARCHES:
            raise StoreBusy(f"{self._searching} searches run or wait already; try again in a moment.")
        self._searching += 1
        try:
            return await self._searchers.read(lambda c: self._search.find(c, wanted))
        finally:
            self._searching -= 1

    async def statistics(self) -> Statistics:
        def query(connection: Connection) -> Statistics:
            (size_bytes,) = connection.execute("SELECT pg_database_size(current_database())").fetchone()
            return read_statistics(connection, int(size_bytes))

        return await self._searchers.read(query)

    async def copy_to(self, target: Path, progress: Progress) -> None:
        await asyncio.to_thread(self._copy, target, progress)

    def _copy(self, target: Path, progress: Progress) -> None:
        connection = PostgresConnection(self._address)
        try:
            copy_to_embedded(connection, str(self._address), target, progress)
        finally:
            connection.close()

    async def close(self) -> None:
        await self._close_threads()
        await asyncio.to_thread(self._connection.close)


def _check_server(connection: PostgresConnection, shown: str) -> None:
    """Raises StoreError for a server that our statements do not run on, or whose texts are not ours."""
    (number,) = connection.execute("SELECT CAST(current_setting('server_version_num') AS integer)").fetchone()
    if number < OLDEST_VERSION:
        raise StoreError(
            f"{shown} is PostgreSQL {number // 10_000}, and tuichat needs {OLDEST_VERSION // 10_000} or newer. Update it, or "
            "give another one."
        )
    (encoding,) = connection.execute("SELECT current_setting('server_encoding')").fetchone()
    if encoding != "UTF8":
        raise StoreError(
            f"The texts of {shown} are kept as {encoding}, which has no place for all that people write: make the database "
            "with `createdb --encoding=UTF8 --template=template0`."
        )


def _identify(connection: PostgresConnection) -> tuple[str, int]:
    """Return the server's id, made at the first start, and the last id that any node took."""
    add = "INSERT INTO settings VALUES (?, ?) ON CONFLICT DO NOTHING"
    connection.execute(add, (SERVER_ID_KEY, secrets.token_hex(16)))
    (server_id,) = connection.execute("SELECT value FROM settings WHERE key = ?", (SERVER_ID_KEY,)).fetchone()
    (last_id,) = connection.execute(
        "SELECT coalesce(max(CAST(value AS bigint)), 0) FROM settings WHERE key = ? OR key LIKE ?",
        (LAST_ID_KEY, f"{LAST_ID_KEY}\\_%"),
    ).fetchone()
    return str(server_id), int(last_id)
