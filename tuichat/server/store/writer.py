"""The one writer: a thread that turns queued writes into few transactions, and tells the loop in commit order."""

import asyncio
import contextlib
import itertools
import logging
import queue
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tuichat.protocol.snowflake import SnowflakeGenerator
from tuichat.server.bus import Event
from tuichat.server.store.errors import Conflict, StoreBusy, StoreError, StoreUnwritable
from tuichat.server.store.event_log import EventLog
from tuichat.server.store.message_batch import NewMessage, add_messages
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.old_rows import forget_old_rows
from tuichat.server.store.purges import Purges
from tuichat.server.store.queued_write import QueuedWrite
from tuichat.server.store.search_index import SearchIndex
from tuichat.server.store.search_upkeep import BACKFILL_INTERVAL_S, SearchUpkeep
from tuichat.server.store.store import Apply, Publish, nothing

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_QUEUED = 20_000  # taste: a second of the fastest disk; the next write is refused with StoreBusy
MAX_BATCH = 512  # writes in one transaction: beyond it an fsync costs nothing more
SETTLE_SLICE_S = 0.002  # the loop is held no longer at once
HOUSEKEEPING_INTERVAL_S = 3600.0
IDLE_S = 0.001
LAST_ID_KEY = "last_id"
_PRIMARY_CODE = 0xFF  # sqlite.org/rescode.html: the rest of a code says more precisely what went wrong
_OF_THE_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class Writer:
    """Owns the writing connection. Every method but `_work` and what it calls belongs to the loop."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        ids: SnowflakeGenerator,
        publish: Publish,
        loop: asyncio.AbstractEventLoop,
        wall_ms: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._ids = ids
        self._publish = publish
        self._loop = loop
        self._wall_ms = wall_ms
        self._queue: queue.SimpleQueue[QueuedWrite[Any] | None] = queue.SimpleQueue()
        self._queued = 0
        self._is_closed = False
        self._settling: deque[QueuedWrite[Any]] = deque()
        self._is_settling = False
        self._all_settled = asyncio.Event()
        self._all_settled.set()
        self._event_log = EventLog(connection, wall_ms)
        self.search = SearchIndex(connection)
        self._search_upkeep = SearchUpkeep(self.search)
        self.purges = Purges(connection, self.search)
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def add_message(self, new: NewMessage, events: Sequence[Event], before_publish: Apply) -> MessageRow:
        """Queue a new message at once, and return it, or the first one of its nonce, when it is on the disk and told."""
        return await self._enqueue(new, events, before_publish, nothing)

    async def write(
        self,
        run: Callable[[sqlite3.Connection], T],
        events: Sequence[Event] = (),
        before_publish: Apply = nothing,
        after_publish: Apply = nothing,
    ) -> T:
        """Queue a write at once, and return its result when it is on the disk and its events are published."""
        return await self._enqueue(run, events, before_publish, after_publish)

    async def _enqueue(
        self,
        run: Callable[[sqlite3.Connection], T] | NewMessage,
        events: Sequence[Event],
        before_publish: Apply,
        after_publish: Apply,
    ) -> T:
        if self._is_closed:
            raise StoreError("The store is closed.")
        if self._queued >= MAX_QUEUED:
            raise StoreBusy(f"{self._queued} writes wait for the disk already; try again in a moment.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queued += 1
        self._all_settled.clear()
        self._queue.put(QueuedWrite(run, events, before_publish, after_publish, future))
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            # The write happens all the same, so the caller keeps its locks until memory knows of it.
            if not future.done():
                await asyncio.wait([future])
            if not future.cancelled():
                future.exception()
            raise

    async def close(self) -> None:
        """Finish what is queued, then end the thread."""
        self._is_closed = True
        await self._all_settled.wait()
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # On the thread.

    def _work(self) -> None:
        next_housekeeping = time.monotonic()
        while True:
            if self.search.is_damaged:
                self._search_upkeep.mend()
            has_purges = self.purges.has_some()
            next_chore = self._search_upkeep.next_due(next_housekeeping)
            wait_s = IDLE_S if has_purges else max(next_chore - time.monotonic(), IDLE_S)
            try:
                first = self._queue.get(timeout=wait_s)
            except queue.Empty:
                # Nobody waits, so there is time to tidy up, a little at a time.
                if self.search.has_waiting:
                    self._search_upkeep.index_waiting()
                elif self._search_upkeep.is_backfill_due():
                    self._search_upkeep.backfill_step(pause_s=0)
                elif has_purges:
                    self.purges.step()
                elif not forget_old_rows(self._connection, self._wall_ms()):
                    next_housekeeping = time.monotonic() + HOUSEKEEPING_INTERVAL_S
                continue
            if first is None:
                self._search_upkeep.index_waiting()
                return
            batch = [first]
            is_last = False
            with contextlib.suppress(queue.Empty):
                while len(batch) < MAX_BATCH:
                    write = self._queue.get_nowait()
                    if write is None:
                        is_last = True
                        break
                    batch.append(write)
            self._commit(batch)
            self._loop.call_soon_threadsafe(self._settle, batch)
            if is_last:
                self._search_upkeep.index_waiting()
                return
            if self._search_upkeep.is_backfill_due():
                self._search_upkeep.backfill_step(pause_s=BACKFILL_INTERVAL_S)

    def _commit(self, batch: list[QueuedWrite[Any]], *, is_second_try: bool = False) -> None:
        execute = self._connection.execute
        before = self._event_log.mark()
        try:
            execute("BEGIN IMMEDIATE")
            for are_messages, writes in itertools.groupby(batch, lambda write: isinstance(write.run, NewMessage)):
                if are_messages:
                    self._run_messages(list(writes))
                else:
                    for write in writes:
                        self._run(write)
            self._event_log.stage(before)
            self.search.stage()
            # Whatever the loop takes at this instant, none of this millisecond's ids comes again.
            execute("UPDATE settings SET value = ? WHERE key = ?", (str(self._ids.last | 0xFFF), LAST_ID_KEY))
            execute("COMMIT")
            self.search.committed()
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                execute("ROLLBACK")
            self._event_log.go_back(before)
            self.search.go_back(0)
            if self.search.is_damaged and not is_second_try:
                self._search_upkeep.mend()
                for write in batch:
                    write.forget_outcome()
                self._commit(batch, is_second_try=True)
                return
            logger.error("A transaction of %d writes failed: %s", len(batch), error)
            for write in batch:
                write.error = write.error or _store_error(error)

    def _run(self, write: QueuedWrite[Any]) -> None:
        """Do one write within the transaction; a failing one leaves its neighbours alone."""
        assert not isinstance(write.run, NewMessage)
        execute = self._connection.execute
        execute("SAVEPOINT one")
        before = self._event_log.mark() if write.events else None
        mark = self.search.mark()
        try:
            write.result = write.run(self._connection)
            self._number([write])
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite took all of it back itself, as it does on a full disk
            execute("ROLLBACK TO one")
            if before is not None:
                self._event_log.go_back(before)
            self.search.go_back(mark)
            write.error = _store_error(error) if isinstance(error, sqlite3.Error) else error
        execute("RELEASE one")

    def _run_messages(self, writes: list[QueuedWrite[Any]]) -> None:
        """Insert new messages together; should that fail, one by one, so that only the guilty one fails."""
        execute = self._connection.execute
        execute("SAVEPOINT many")
        before = self._event_log.mark()
        mark = self.search.mark()
        try:
            outcomes = add_messages(
                self._connection, [write.run for write in writes if isinstance(write.run, NewMessage)]
            )
            self.search.added([outcome for outcome in outcomes if isinstance(outcome, MessageRow)])
            for write, outcome in zip(writes, outcomes, strict=True):
                write.settle_message(outcome)
            self._number([write for write in writes if write.error is None and not write.is_repeated])
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # as above
            execute("ROLLBACK TO many")
            self._event_log.go_back(before)
            self.search.go_back(mark)
            for write in writes:
                write.forget_outcome()
            if len(writes) == 1:
                writes[0].error = _store_error(error) if isinstance(error, sqlite3.Error) else error
            else:
                for write in writes:
                    self._run_messages([write])
        execute("RELEASE many")

    def _number(self, writes: Sequence[QueuedWrite[Any]]) -> None:
        told = [write for write in writes if write.events]
        for write, events in zip(told, self._event_log.keep([write.events for write in told]), strict=True):
            write.events = events

    # On the loop.

    def _settle(self, batch: Sequence[QueuedWrite[Any]] = ()) -> None:
        """Tell what was committed, in order, a slice at a time."""
        self._settling.extend(batch)
        if self._is_settling:
            return
        self._is_settling = True
        self._settle_slice()

    def _settle_slice(self) -> None:
        end = time.perf_counter() + SETTLE_SLICE_S
        while self._settling:
            self._settle_one(self._settling.popleft())
            self._queued -= 1
            if self._settling and time.perf_counter() >= end:
                self._loop.call_soon(self._settle_slice)
                return
        self._is_settling = False
        if self._queued == 0:
            self._all_settled.set()

    def _settle_one(self, write: QueuedWrite[Any]) -> None:
        if write.error is None and not write.is_repeated:
            try:
                write.before_publish()
                for event in write.events:
                    self._publish(event)
                write.after_publish()
            except Exception:
                logger.exception("Memory could not follow a committed write")
        if write.future.done():
            return
        if write.error is not None:
            write.future.set_exception(write.error)
        else:
            write.future.set_result(write.result)


def _store_error(error: sqlite3.Error) -> StoreError:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(f"The write breaks a rule of the store: {error}.")
    text = f"The store could not write: {error}."
    code = getattr(error, "sqlite_errorcode", 0)  # Python's own complaints have none
    if code & _PRIMARY_CODE in _OF_THE_DISK:
        return StoreUnwritable(f"{text} Is the disk full, or its folder read-only?")
    return StoreError(text)
