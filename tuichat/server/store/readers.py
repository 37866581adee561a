"""The readers: a few threads with a read-only connection each."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tuichat.server.store.connection import ERRORS, Connection, ConnectionLost, ReadConnection
from tuichat.server.store.errors import StoreError, StoreUnreachable
from tuichat.server.store.table import Record

T = TypeVar("T")

READER_THREADS = 3  # taste: readers do not wait for each other, and the loop is one thread


class Readers:
    """Runs reads off the loop. A read sees every write that was finished before it began."""

    def __init__(self, connect: Callable[[], ReadConnection], threads: int = READER_THREADS) -> None:
        """`connect` is called on each thread when it reads for the first time."""
        self._connect = connect
        self._local = threading.local()
        self._connections: list[ReadConnection] = []
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store-reader")

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run `query` with a connection. Raises StoreError."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, query)

    async def one(self, make: Callable[[Record], T], sql: str, *parameters: object) -> T | None:
        """Return the one record that a statement finds, as `make` makes it; None where there is none."""

        def query(connection: Connection) -> T | None:
            record = connection.execute(sql, parameters).fetchone()
            return None if record is None else make(record)

        return await self.read(query)

    async def all(self, make: Callable[[Record], T], sql: str, *parameters: object) -> list[T]:
        """Return every record that a statement finds, as `make` makes it."""
        return await self.read(lambda connection: [make(record) for record in connection.execute(sql, parameters)])

    def close(self, *, reads_all: bool = False) -> None:
        """Wait for the reads that run, with `reads_all` also for those that wait, then close."""
        self._pool.shutdown(wait=True, cancel_futures=not reads_all)
        for connection in self._connections:
            with contextlib.suppress(*ERRORS):
                connection.close()

    def _run(self, query: Callable[[Connection], T]) -> T:
        try:
            return query(self._connection())
        except ConnectionLost as error:
            raise StoreUnreachable(f"The store could not read: {error}. Is the database up?") from error
        except ERRORS as error:
            raise StoreError(f"The store could not read: {error}.") from error

    def _connection(self) -> ReadConnection:
        connection: ReadConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
            self._connections.append(connection)
        return connection
