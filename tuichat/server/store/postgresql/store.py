"""The scaled store: rows in a PostgreSQL database, which several nodes share."""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from tuichat.protocol.snowflake import SnowflakeGenerator
from tuichat.server.store.connection import ERRORS, Connection
from tuichat.server.store.engine import LAST_ID_KEY, Engine
from tuichat.server.store.errors import StoreError
from tuichat.server.store.message_search import MessageSearch, SearchPage
from tuichat.server.store.moving.changed_keys import PostgresChangedKeys
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.connection import PostgresConnection
from tuichat.server.store.postgresql.engine import PostgresEngine
from tuichat.server.store.postgresql.migration import migrate
from tuichat.server.store.postgresql.search_query import Search
from tuichat.server.store.postgresql.seat import Nodes, Seat
from tuichat.server.store.recent_messages import RecentMessages
from tuichat.server.store.row_copy import copy_to_embedded
from tuichat.server.store.snapshot import Progress
from tuichat.server.store.sqlite import SERVER_ID_KEY
from tuichat.server.store.store import Publish
from tuichat.server.store.table_store import TableStore

logger = logging.getLogger(__name__)

OLDEST_VERSION = 130_000  # as PostgreSQL numbers itself; older ones get no mendings any more


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


class PostgresDatabase:
    """One database, and the connection that writes to it as one worker."""

    begin_snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

    def __init__(self, address: DatabaseAddress, connection: PostgresConnection, worker: int) -> None:
        self.address = address
        self._connection = connection
        self._worker = worker
        self._search = Search()

    @property
    def shown(self) -> str:
        return str(self.address)

    def engine(self, wall_ms: Callable[[], int]) -> Engine:
        return PostgresEngine(self._connection, wall_ms, self._worker)

    def connect(self) -> PostgresConnection:
        return PostgresConnection(self.address)

    def search(self, connection: Connection, wanted: MessageSearch) -> SearchPage:
        return self._search.find(connection, wanted)

    def size_bytes(self, connection: Connection) -> int:
        return int(connection.execute("SELECT pg_database_size(current_database())").fetchone()[0])

    def copy(self, target: Path, progress: Progress) -> None:
        connection = self.connect()
        try:
            copy_to_embedded(connection, self.shown, target, progress)
        finally:
            connection.close()

    def close(self) -> None:
        self._connection.close()


class PostgresStore(TableStore):
    """The store of one node; each has a worker number of its own, which a lock in the database keeps for it.

    A guild's writes belong to one node at a time; rows that memory keeps could be another's, so memory keeps none.
    """

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
        connection, taken = await asyncio.to_thread(take_database, address, worker, nodes)
        database = PostgresDatabase(address, connection, taken)
        try:
            server_id, last_id = await asyncio.to_thread(_identify, connection)
            ids = SnowflakeGenerator(taken, last_id)
            engine = await asyncio.to_thread(database.engine, wall_ms)
        except ERRORS as error:
            await asyncio.to_thread(connection.close)
            raise StoreError(f"{address} cannot be opened: {error}.") from error
        except BaseException:
            await asyncio.to_thread(connection.close)
            raise
        return cls(database, engine, ids, server_id, publish, RecentMessages(0), wall_ms)


def take_database(address: DatabaseAddress, worker: int | None, nodes: Nodes) -> tuple[PostgresConnection, int]:
    """Connect as a node that writes, and bring the database to this release's shape; return its worker number, too.

    Raises StoreTooNew, StoreInUse or StoreError with a sentence.
    """
    seat = Seat(worker, nodes, str(address))
    connection = PostgresConnection(address, on_connect=seat.take)
    try:
        _check_server(connection, str(address))
        migrate(connection, str(address))
        if nodes is Nodes.ONE:
            PostgresChangedKeys().end(connection)  # what a move left that was killed
    except ERRORS as error:
        connection.close()
        raise StoreError(f"{address} cannot be opened: {error}.") from error
    except BaseException:
        connection.close()
        raise
    return connection, seat.worker or 0


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
