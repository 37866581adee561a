"""A connection to PostgreSQL that waits, for threads: what SQLite's is to the embedded store."""

import asyncio
import contextlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

import asyncpg

from tuichat.server.store.connection import ConnectionLost, DatabaseError, RuleBroken, TryAgain
from tuichat.server.store.errors import StoreError, StoreUnreachable
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.dialect import statement
from tuichat.server.store.storable import storable

logger = logging.getLogger(__name__)

T = TypeVar("T")

CONNECT_TIMEOUT_S = 10.0
STATEMENT_TIMEOUT_S = 60.0  # taste; a connection that says nothing for so long is given up
PATIENCE_S = 30.0  # how long a database that went away is waited for: a restart, a change to a replica
RETRY_S = (0.05, 0.1, 0.2, 0.5, 1.0)
MAX_PREPARED = 512  # statements that are kept prepared
# A commit returns when the disk has it, whatever the server's settings say; what is more than that stays.
_DURABLE = "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
_ROWS = re.compile(r"(\d+)$")
_INSERT = re.compile(r"^INSERT INTO (\w+) \(([\w, ]+)\) VALUES$")
_TURNED_AWAY = (
    asyncpg.CannotConnectNowError,  # it starts or stops
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ReadOnlySQLTransactionError,  # this was the first server, and is a replica now
)


class Found:
    """What a statement found, as `sqlite3.Cursor` gives it."""

    __slots__ = ("_records", "status")

    def __init__(self, records: list[Any], status: str) -> None:
        self._records = records
        self.status = status  # the command's own, such as "UPDATE 3"

    @property
    def rowcount(self) -> int:
        match = _ROWS.search(self.status)
        return int(match[1]) if match else -1

    def fetchone(self) -> Any:
        return self._records[0] if self._records else None

    def fetchall(self) -> list[Any]:
        return self._records

    def __iter__(self) -> Iterator[Any]:
        return iter(self._records)


class PostgresConnection:
    """Belongs to one thread at a time, whose own event loop the driver runs on.

    A connection that is lost outside a transaction is made anew, and the statement is tried once more; within one, the
    transaction is lost with it, and ConnectionLost says so.
    """

    def __init__(
        self,
        address: DatabaseAddress,
        *,
        patience_s: float = PATIENCE_S,
        on_connect: Callable[["PostgresConnection"], None] | None = None,
    ) -> None:
        """Connect. `on_connect` is called with each new connection; it may raise ConnectionLost to have another one.

        Raises StoreError with a sentence.
        """
        self._address = address
        self._patience_s = patience_s
        self._loop = asyncio.SelectorEventLoop()
        self._driver: Any = None
        self._prepared: OrderedDict[str, Any] = OrderedDict()
        self._on_connect = on_connect
        self._is_closed = False
        self._is_begun = False
        try:
            self._connect()
        except DatabaseError as error:
            self.close()
            kind = StoreUnreachable if isinstance(error, ConnectionLost) else StoreError
            raise kind(f"{address} cannot be reached: {error}.{_advice(error, address)}") from error
        except BaseException:
            self.close()
            raise

    @property
    def in_transaction(self) -> bool:
        return self._is_begun

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Found:
        """Raises DatabaseError."""
        ours = statement(sql)
        found = self._run(lambda: self._fetch(ours.sql, ours.parameters(parameters)))
        if sql.startswith("BEGIN"):
            self._is_begun = True
        elif sql in ("COMMIT", "ROLLBACK"):
            self._is_begun = False
        return found

    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]], /) -> None:
        """As `execute`, for many rows; within a transaction, else none or all of it may be done twice."""
        rows = list(parameters)
        if rows:
            ours = statement(sql)
            self._run(lambda: self._execute_many(ours.sql, [ours.parameters(row) for row in rows]))

    def insert_rows(self, insert: str, rows: Sequence[tuple[Any, ...]], suffix: str) -> None:
        """Insert any number of rows with one statement: its parameters are the columns."""
        if rows:
            self._run(lambda: self._insert(insert, rows, suffix))

    def script(self, sql: str) -> None:
        """Run statements without parameters, all in one transaction."""
        self._run(lambda: self._driver.execute(sql, timeout=None))

    def reconnect(self) -> None:
        """Connect anew, waiting as long as it takes and patience lasts. Raises ConnectionLost."""
        end = time.monotonic() + self._patience_s
        pauses = iter(RETRY_S)
        pause_s = RETRY_S[0]
        while True:
            try:
                self._connect()
            except ConnectionLost:
                if self._is_closed or time.monotonic() >= end:
                    raise
            else:
                return
            pause_s = next(pauses, pause_s)
            time.sleep(pause_s)

    def close(self) -> None:
        self._is_closed = True
        self._hang_up()
        self._loop.close()

    def _run(self, ask: Callable[[], Awaitable[T]]) -> T:
        was_in_transaction = self._is_begun  # not what the driver says: a connection can be lost between two statements
        try:
            if self._driver is None:
                raise ConnectionLost("it is not connected")
            return self._wait(ask())
        except ConnectionLost as error:
            self._hang_up()
            if was_in_transaction or self._is_closed:
                raise
            logger.warning("%s went away (%s); connecting anew", self._address, error)
            self.reconnect()
            return self._wait(ask())

    def _wait(self, asked: Awaitable[T]) -> T:
        async def answer() -> T:
            return await asked

        try:
            return self._loop.run_until_complete(answer())
        except asyncpg.ClientConfigurationError:  # its text can show the address
            raise DatabaseError("its address cannot be read") from None
        except asyncpg.IntegrityConstraintViolationError as error:
            raise RuleBroken(_said(error)) from error
        except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError) as error:
            raise TryAgain(_said(error)) from error
        except (asyncpg.PostgresConnectionError, *_TURNED_AWAY) as error:
            raise ConnectionLost(_said(error)) from error
        except asyncpg.PostgresError as error:
            raise DatabaseError(_said(error)) from error
        except asyncpg.InterfaceError as error:
            if self._driver is None or self._driver.is_closed():
                raise ConnectionLost(str(error)) from error
            raise DatabaseError(str(error)) from error
        except TimeoutError as error:
            raise ConnectionLost("it did not answer in time") from error
        except OSError as error:
            raise ConnectionLost(error.strerror or str(error)) from error

    def _connect(self) -> None:
        self._hang_up()
        try:
            self._driver = self._wait(
                asyncpg.connect(
                    self._address.url,
                    timeout=CONNECT_TIMEOUT_S,
                    command_timeout=STATEMENT_TIMEOUT_S,
                    statement_cache_size=0,  # we keep our own
                    server_settings={"application_name": "tuichat", "jit": "off"},
                )
            )
        except ValueError:  # as above
            raise DatabaseError("its address cannot be read") from None
        self._wait(self._driver.execute(_DURABLE))
        if self._on_connect is not None:
            self._on_connect(self)

    def _hang_up(self) -> None:
        self._is_begun = False
        driver, self._driver = self._driver, None
        self._prepared.clear()
        if driver is not None:
            with contextlib.suppress(Exception):  # it is gone or going; what it says to that is nobody's concern
                self._loop.run_until_complete(driver.close(timeout=2))

    async def _prepare(self, sql: str) -> Any:
        prepared = self._prepared.get(sql)
        if prepared is None:
            prepared = self._prepared[sql] = await self._driver.prepare(sql)
            if len(self._prepared) > MAX_PREPARED:
                self._prepared.popitem(last=False)
        else:
            self._prepared.move_to_end(sql)
        return prepared

    async def _fetch(self, sql: str, parameters: Sequence[Any]) -> Found:
        prepared = await self._prepare(sql)
        records = await prepared.fetch(*parameters)
        return Found(records, prepared.get_statusmsg())

    async def _execute_many(self, sql: str, rows: list[Sequence[Any]]) -> None:
        await (await self._prepare(sql)).executemany(rows)

    async def _insert(self, insert: str, rows: Sequence[tuple[Any, ...]], suffix: str) -> None:
        ours = f"{insert} {suffix}"
        prepared = self._prepared.get(ours)
        if prepared is None:
            prepared = self._prepared[ours] = await self._driver.prepare(await self._of_columns(insert, suffix))
        await prepared.fetch(*([storable(value) for value in column] for column in zip(*rows, strict=True)))

    async def _of_columns(self, insert: str, suffix: str) -> str:
        """The statement that takes a list for each column: the types are those of the table's."""
        match = _INSERT.match(insert)
        assert match is not None, insert
        table, columns = match[1], match[2]
        described = await self._driver.prepare(f"SELECT {columns} FROM {table}")  # noqa: S608  # names of our own
        lists = ", ".join(
            f"${number}::{attribute.type.name}[]"
            for number, attribute in enumerate(described.get_attributes(), start=1)
        )
        return f"INSERT INTO {table} ({columns}) SELECT * FROM unnest({lists}) {suffix}"  # noqa: S608  # likewise


def _advice(error: DatabaseError, address: DatabaseAddress) -> str:
    """What to do about a connection that was not made, a blank first."""
    cause = error.__cause__
    if isinstance(cause, asyncpg.InvalidCatalogNameError):
        return f" `createdb {address.database}` makes it, on that machine and as its administrator; README.md has an example."
    if isinstance(cause, asyncpg.InvalidAuthorizationSpecificationError):  # a wrong password, too
        return (
            " The name goes before the @ of the address; the password into ~/.pgpass (as `host:port:database:user:password`,"
            " mode 0600) or into PGPASSWORD of the environment."
        )
    if isinstance(error, ConnectionLost):
        return " Is PostgreSQL running there, and does it take connections from here?"
    return ""


def _said(error: asyncpg.PostgresError) -> str:
    """What the database said, without the values that it may name in its details."""
    return str(error.args[0]) if error.args else type(error).__name__
