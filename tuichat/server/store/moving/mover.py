"""A store moves while it serves: a snapshot first, then what was written meanwhile, the last of it while writes wait."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tuichat.server.store.connection import ERRORS, Connection, ReadConnection
from tuichat.server.store.database import Database
from tuichat.server.store.engine import Engine
from tuichat.server.store.errors import StoreError
from tuichat.server.store.message_batch import insert_rows
from tuichat.server.store.moving.changed_keys import ChangedKeys, take_keys
from tuichat.server.store.moving.destination import OWN_SETTINGS, Destination, read_last_id, tables_to_move
from tuichat.server.store.moving.row_sum import RowSum
from tuichat.server.store.moving.rows_of_keys import Key, delete_rows_of, key_of, put_rows, read_rows_of, storable_row
from tuichat.server.store.row_copy import CopiedTable, count_rows, pages
from tuichat.server.store.table_store import TableStore

FEW_KEYS = 500  # so few are left to the last part
MAX_ROUNDS = (
    8  # of what is written meanwhile; each has less to do than the one before, unless writes are faster than copying
)

Keys = Mapping[str, Sequence[Key]]
Report = Callable[[str, int, int], None]  # what it does, how much of it is done, how much there is


class Moved(msgspec.Struct, frozen=True):
    """What came of it: rows and tables that are the same on both sides, and how long writes waited."""

    rows: int
    tables: int
    pause_ms: int


class Mover:
    """One move. Until its very end the store goes on where it is, and whatever fails leaves it there."""

    def __init__(
        self,
        store: TableStore,
        changed: ChangedKeys,
        destination: Destination,
        report: Report,
        note: Callable[[], None],
    ) -> None:
        """`changed` is of the kind of the store's database. `report` is called off the loop, and raises to end the move.

        `note` is called off the loop when all is there and compared: it says once and for all where the rows are.
        """
        self._store = store
        self._changed = changed
        self._to = destination
        self._report = report
        self._note = note
        self._tables = tables_to_move()
        self._sums = {table.name: RowSum() for table in self._tables}
        self._pause_ms = 0

    async def move(self) -> Moved:
        """Raises StoreError, or what `report` or `note` raise; then all is as before."""
        reading: ReadConnection | None = None
        try:
            await asyncio.to_thread(self._to.open, self._tables)
            reading = await asyncio.to_thread(self._store.database.connect)
            await self._begin(reading)
            await asyncio.to_thread(self._copy, reading)
            await asyncio.to_thread(self._compare)
            await asyncio.to_thread(self._to.prepare)
            await self._catch_up(reading)
            await asyncio.to_thread(reading.close)  # what it has seen keeps triggers from being dropped
            reading = None
            await self._switch()
        except BaseException as error:
            if reading is not None:
                await asyncio.to_thread(_close, reading)
            with contextlib.suppress(StoreError):
                await self._store.run_alone(self._changed.end)
            await asyncio.to_thread(self._to.discard)
            if isinstance(error, ERRORS):
                raise StoreError(f"{self._to.shown} does not take the data: {error}.") from error
            raise
        return Moved(sum(each.count for each in self._sums.values()), len(self._tables), self._pause_ms)

    async def _begin(self, reading: Connection) -> None:
        """Note what is written from now on, and see the rows as they are now."""
        snapshot = self._store.database.begin_snapshot

        def begin(writing: Connection) -> None:
            self._changed.begin(writing, self._tables)
            _see(reading, snapshot)

        await self._store.run_alone(begin)

    def _copy(self, reading: Connection) -> None:
        total = max(count_rows(reading, self._tables), 1)
        done = 0
        for table in self._tables:
            insert = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES"  # names of our own
            for page in pages(reading, table):
                rows = [storable_row(row) for row in page]
                insert_rows(self._to.connection, insert, rows)
                self._sums[table.name].add(rows)
                done += len(rows)
                self._report("copying", done, total)

    def _compare(self) -> None:
        """Read back what was written. Raises StoreError where it is something else."""
        total = max(sum(each.count for each in self._sums.values()), 1)
        done = 0
        for table in self._tables:
            found = RowSum()
            for rows in pages(self._to.connection, table):
                found.add(rows)
                done += len(rows)
                self._report("comparing", done, total)
            self._require(table, found, self._sums[table.name])

    async def _catch_up(self, reading: Connection) -> None:
        snapshot = self._store.database.begin_snapshot

        def take(writing: Connection) -> Keys:
            keys = take_keys(writing)
            _see(reading, snapshot)
            return keys

        for _ in range(MAX_ROUNDS):
            keys = await self._store.run_alone(take)
            await asyncio.to_thread(self._apply, keys, reading)
            if sum(map(len, keys.values())) <= FEW_KEYS:
                return

    async def _switch(self) -> None:
        def last_part(writing: Connection, wall_ms: Callable[[], int]) -> tuple[Database, Engine]:
            begin_s = time.perf_counter()
            self._apply(take_keys(writing), writing)
            for table in self._tables:
                due = self._sums[table.name].count
                for connection, where in ((writing, "there were"), (self._to.connection, "there are")):
                    if (count := count_rows(connection, [table])) != due:
                        raise _differs(table, f"{due} rows are due, and {where} {count}")
            self._report("switching", 1, 1)
            self._to.commit(read_last_id(writing))
            database = self._to.database()
            try:
                engine = database.engine(wall_ms)
                self._note()
            except BaseException:
                database.close()
                raise
            self._pause_ms = round(1000 * (time.perf_counter() - begin_s))
            return database, engine

        await self._store.switch(last_part, self._changed.end)

    def _apply(self, keys: Keys, source: Connection) -> None:
        """Have the rows of some keys as they are in the source, which stands still, and read them back."""
        fresh: dict[str, list[tuple[object, ...]]] = {}
        gone: dict[str, list[Key]] = {}
        wanted = {name: [key for key in found if not _is_own(name, key)] for name, found in keys.items()}
        for table in self._tables:
            fresh[table.name] = [storable_row(row) for row in read_rows_of(source, table, wanted.get(table.name, ()))]
            before = read_rows_of(self._to.connection, table, wanted.get(table.name, ()))
            self._sums[table.name].remove(before)
            self._sums[table.name].add(fresh[table.name])
            kept = {key_of(table, row) for row in fresh[table.name]}
            gone[table.name] = [key for row in before if (key := key_of(table, row)) not in kept]
        for table in reversed(self._tables):
            delete_rows_of(self._to.connection, table, gone[table.name])
        for table in self._tables:
            rows = fresh[table.name]
            put_rows(self._to.connection, table, rows)
            due, found = RowSum(), RowSum()
            due.add(rows)
            found.add(read_rows_of(self._to.connection, table, wanted.get(table.name, ())))
            self._require(table, found, due)

    def _require(self, table: CopiedTable, found: RowSum, due: RowSum) -> None:
        if found != due:
            what = "other rows" if found.count == due.count else f"{found.count} rows in place of {due.count}"
            raise _differs(table, f"it came to have {what}")


def _see(reading: Connection, snapshot: str) -> None:
    """See the rows as they are now, for as long as it takes."""
    if reading.in_transaction:
        reading.execute("COMMIT")
    reading.execute(snapshot)
    reading.execute("SELECT count(*) FROM settings").fetchone()


def _close(reading: ReadConnection) -> None:
    with contextlib.suppress(*ERRORS):
        reading.close()


def _is_own(name: str, key: Key) -> bool:
    return name == "settings" and str(key[0])[:7] in OWN_SETTINGS


def _differs(table: CopiedTable, how: str) -> StoreError:
    return StoreError(f"The table {table.name} is not the same on both sides: {how}. Nothing was changed; try again.")
