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
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from tuichat.protocol.snowflake import SnowflakeGenerator
from tuichat.server.bus import Event
from tuichat.server.store.connection import ERRORS, Connection, ConnectionLost, TryAgain, is_rule_broken
from tuichat.server.store.engine import Engine, OutcomeUnknown
from tuichat.server.store.errors import Conflict, StoreBusy, StoreError, StoreFenced, StoreUnreachable, StoreUnwritable
from tuichat.server.store.fences import Fence, refused
from tuichat.server.store.message_batch import NewMessage, add_messages
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.old_rows import forget_old_rows
from tuichat.server.store.purges import Purges
from tuichat.server.store.queued_write import QueuedWrite
from tuichat.server.store.search_upkeep import BACKFILL_INTERVAL_S, SearchUpkeep
from tuichat.server.store.store import Apply, Publish, nothing

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_QUEUED = 20_000  # taste: a second of the fastest disk; the next write is refused with StoreBusy
SETTLE_SLICE_S = 0.002  # the loop is held no longer at once
HOUSEKEEPING_INTERVAL_S = 3600.0
IDLE_S = 0.001
MAX_TRIES = 3  # of a transaction that a lost connection or another node took away
_PRIMARY_CODE = 0xFF  # sqlite.org/rescode.html: the rest of a code says more precisely what went wrong
_OF_THE_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}


class Writer:
    """Owns the writing connection. Every method but `_work` and what it calls belongs to the loop."""

    def __init__(
        self,
        engine: Engine,
        ids: SnowflakeGenerator,
        publish: Publish,
        loop: asyncio.AbstractEventLoop,
        wall_ms: Callable[[], int],
    ) -> None:
        self.stand_on(engine)
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
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def add_message(
        self, new: NewMessage, events: Sequence[Event], before_publish: Apply, fence: Fence | None = None
    ) -> MessageRow:
        """Queue a new message at once, and return it, or the first one of its nonce, when it is on the disk and told."""
        return await self._enqueue(new, events, before_publish, nothing, fence)

    async def write(
        self,
        run: Callable[[Connection], T],
        events: Sequence[Event] = (),
        before_publish: Apply = nothing,
        after_publish: Apply = nothing,
        fence: Fence | None = None,
    ) -> T:
        """Queue a write at once, and return its result when it is on the disk and its events are published."""
        return await self._enqueue(run, events, before_publish, after_publish, fence)

    async def run_alone(self, run: Callable[[Connection], T], before_publish: Apply = nothing) -> T:
        """Have the thread run something between two transactions; all writes wait meanwhile.

        `before_publish` is called on the loop before anything of a later write is told.
        """
        return await self._enqueue(run, (), before_publish, nothing, None, is_alone=True)

    async def _enqueue(
        self,
        run: Callable[[Connection], T] | NewMessage,
        events: Sequence[Event],
        before_publish: Apply,
        after_publish: Apply,
        fence: Fence | None,
        *,
        is_alone: bool = False,
    ) -> T:
        if self._is_closed:
            raise StoreError("The store is closed.")
        if self._queued >= MAX_QUEUED:
            raise StoreBusy(f"{self._queued} writes wait for the disk already; try again in a moment.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._queued += 1
        self._all_settled.clear()
        self._queue.put(QueuedWrite(run, events, before_publish, after_publish, future, fence, is_alone=is_alone))
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
            if first.is_alone:
                self._run_alone(first)
                continue
            batch = [first]
            after: QueuedWrite[Any] | None = first  # what ended the batch; the first is nothing, None the end
            with contextlib.suppress(queue.Empty):
                while len(batch) < self._engine.max_batch:
                    write = self._queue.get_nowait()
                    if write is None or write.is_alone:
                        after = write
                        break
                    batch.append(write)
            self._commit(batch)
            self._loop.call_soon_threadsafe(self._settle, batch)
            if after is None:
                self._search_upkeep.index_waiting()
                return
            if after.is_alone:
                self._run_alone(after)
            if self._search_upkeep.is_backfill_due():
                self._search_upkeep.backfill_step(pause_s=BACKFILL_INTERVAL_S)

    def stand_on(self, engine: Engine) -> None:
        """In `run_alone`: write by another engine from now on. It has made itself ready, so this does not fail."""
        self._engine = engine
        self._connection = engine.connection
        self._event_log = engine.event_log
        self.search = engine.search
        self._search_upkeep = SearchUpkeep(self.search)
        self.purges = Purges(engine.connection, self.search)

    def _run_alone(self, write: QueuedWrite[Any]) -> None:
        assert not isinstance(write.run, NewMessage)
        try:
            write.result = write.run(self._connection)
        except Exception as error:
            write.error = _store_error(error) if isinstance(error, ERRORS) else error
        self._loop.call_soon_threadsafe(self._settle, [write])

    def _commit(self, batch: list[QueuedWrite[Any]], tries: int = 1, *, is_careful: bool | None = None) -> None:
        """Do a batch in one transaction; where that fails in a way that can be mended, once more."""
        is_careful = self._engine.is_careful if is_careful is None else is_careful
        before = self._event_log.begin()
        try:
            self._engine.begin()
            for are_messages, writes in itertools.groupby(batch, lambda write: isinstance(write.run, NewMessage)):
                if are_messages:
                    self._run_messages(list(writes), is_careful)
                else:
                    for write in writes:
                        self._run(write, is_careful)
            if not is_careful:
                with _carelessly():
                    self._number(batch)
            self._event_log.stage(before)
            self.search.stage()
            # Whatever the loop takes at this instant, none of this millisecond's ids comes again.
            self._engine.commit(self._ids.last | 0xFFF)
            self.search.committed()
        except (*ERRORS, _Careless) as error:
            self._take_back(before)
            try:
                is_careful = self._mend(error, tries) or is_careful
            except ERRORS as final:
                logger.error("A transaction of %d writes failed: %s", len(batch), final)
                for write in batch:
                    write.error = write.error or _store_error(final)
                return
            for write in batch:
                write.forget_outcome()
            self._commit(batch, tries + 1, is_careful=is_careful)

    def _take_back(self, before: dict[int, int]) -> None:
        with contextlib.suppress(*ERRORS):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        self._event_log.go_back(before)
        self.search.go_back(0)

    def _mend(self, error: BaseException, tries: int) -> bool:
        """Do what lets a transaction succeed that failed, and say whether it has to find the guilty write.

        Raises one of ERRORS where there is nothing to do.
        """
        if isinstance(error, _Careless):
            return True
        if self.search.is_damaged and tries == 1:
            self._search_upkeep.mend()
        elif isinstance(error, ConnectionLost | TryAgain) and tries <= MAX_TRIES:
            logger.warning("A transaction is tried once more: %s", error)
            self._engine.recover(error)
        else:
            raise error
        return False

    def _run(self, write: QueuedWrite[Any], is_careful: bool) -> None:
        """Do one write within the transaction; a failing one leaves its neighbours alone."""
        if not is_careful:
            with _carelessly():
                self._do(write)
            return
        execute = self._connection.execute
        execute("SAVEPOINT one")
        before = self._event_log.mark() if write.events else None
        mark = self.search.mark()
        try:
            self._do(write)
            self._number([write])
        except Exception as error:
            if not self._connection.in_transaction or isinstance(error, TryAgain):
                raise  # the database took all of it back itself, as SQLite does on a full disk
            execute("ROLLBACK TO SAVEPOINT one")
            if before is not None:
                self._event_log.go_back(before)
            self.search.go_back(mark)
            write.error = _store_error(error) if isinstance(error, ERRORS) else error
        execute("RELEASE SAVEPOINT one")

    def _do(self, write: QueuedWrite[Any]) -> None:
        assert not isinstance(write.run, NewMessage)
        if write.fence is not None and refused(self._connection, [write.fence]):
            raise _fenced()
        write.result = write.run(self._connection)

    def _run_messages(self, writes: list[QueuedWrite[Any]], is_careful: bool) -> None:
        """Insert new messages together; should that fail, one by one, so that only the guilty one fails."""
        if not is_careful:
            with _carelessly():
                self._add_messages(writes)
            return
        execute = self._connection.execute
        execute("SAVEPOINT many")
        before = self._event_log.mark()
        mark = self.search.mark()
        try:
            self._add_messages(writes)
            self._number(writes)
        except Exception as error:
            if not self._connection.in_transaction or isinstance(error, TryAgain):
                raise  # as above
            execute("ROLLBACK TO SAVEPOINT many")
            self._event_log.go_back(before)
            self.search.go_back(mark)
            for write in writes:
                write.forget_outcome()
            if len(writes) == 1:
                writes[0].error = _store_error(error) if isinstance(error, ERRORS) else error
            else:
                for write in writes:
                    self._run_messages([write], is_careful)
        execute("RELEASE SAVEPOINT many")

    def _add_messages(self, writes: list[QueuedWrite[Any]]) -> None:
        fences = {write.fence for write in writes if write.fence is not None}
        if fences and (late := refused(self._connection, fences)):
            for write in writes:
                write.error = _fenced() if write.fence in late else None
            writes = [write for write in writes if write.error is None]
        outcomes = add_messages(self._connection, [write.run for write in writes if isinstance(write.run, NewMessage)])
        self.search.added([outcome for outcome in outcomes if isinstance(outcome, MessageRow)])
        for write, outcome in zip(writes, outcomes, strict=True):
            write.settle_message(outcome)

    def _number(self, writes: Sequence[QueuedWrite[Any]]) -> None:
        told = [write for write in writes if write.events and write.error is None and not write.is_repeated]
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


class _Careless(Exception):
    """A write failed that had no savepoint of its own."""


@contextlib.contextmanager
def _carelessly() -> Iterator[None]:
    try:
        yield
    except (ConnectionLost, TryAgain):
        raise
    except Exception as error:
        raise _Careless from error


def _fenced() -> StoreFenced:
    return StoreFenced("Another node writes here by now; nothing was written.")


def _store_error(error: BaseException) -> StoreError:
    if is_rule_broken(error):
        return Conflict(f"The write breaks a rule of the store: {error}.")
    text = f"The store could not write: {error}."
    if isinstance(error, OutcomeUnknown):
        return StoreError(f"It is not known whether this was written: {error}.")
    if isinstance(error, ConnectionLost):
        return StoreUnreachable(f"{text} Is the database up?")
    code = getattr(error, "sqlite_errorcode", 0)  # Python's own complaints have none
    if code & _PRIMARY_CODE in _OF_THE_DISK:
        return StoreUnwritable(f"{text} Is the disk full, or its folder read-only?")
    return StoreError(text)
