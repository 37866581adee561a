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
from typing import Any, Generic, TypeVar

import msgspec

from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, SnowflakeGenerator
from tuichat.server.bus import Event
from tuichat.server.store.errors import Conflict, StoreBusy, StoreError, StoreUnwritable
from tuichat.server.store.message_batch import (
    NONCE_LIFE_MS,
    NewMessage,
    Outcome,
    Repeated,
    add_messages,
    insert_rows,
    read_rows,
)
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.search_index import SearchIndex
from tuichat.server.store.store import Apply, Publish, nothing

logger = logging.getLogger(__name__)

T = TypeVar("T")

MAX_QUEUED = 20_000  # taste: a second of the fastest disk; the next write is refused with StoreBusy
MAX_BATCH = 512  # writes in one transaction: beyond it an fsync costs nothing more
SETTLE_SLICE_S = 0.002  # the loop is held no longer at once
HOUSEKEEPING_INTERVAL_S = 3600.0
EVENT_LIFE_MS = 86_400_000
AUDIT_LIFE_MS = 45 * 86_400_000  # Discord's documentation, "Audit Logs"
MAX_EVENTS_PER_GUILD = 10_000
PURGE_STEP = 500  # rows removed at once; a write that comes meanwhile waits for so many
IDLE_S = 0.001
BACKFILL_INTERVAL_S = 0.25  # how often old messages are made searchable while there is always something to write
BACKFILL_RETRY_S = 60.0
INDEX_IDLE_S = 0.2  # after this long without a write, messages that wait are made searchable
LAST_ID_KEY = "last_id"


class Write(Generic[T]):
    """One queued write: what it does in the transaction, and what happens on the loop after the commit."""

    def __init__(
        self,
        run: "Callable[[sqlite3.Connection], T] | NewMessage",
        events: Sequence[Event],
        before_publish: Apply,
        after_publish: Apply,
        future: "asyncio.Future[T]",
    ) -> None:
        self.run = run
        self.events = events
        self.before_publish = before_publish
        self.after_publish = after_publish
        self.future = future
        self.result: T | None = None
        self.error: BaseException | None = None
        self.is_repeated = False  # it was done before, so nothing is told

    def settle_message(self: "Write[MessageRow]", outcome: Outcome) -> None:
        """Note what became of a new message."""
        match outcome:
            case Repeated(row):
                self.result, self.is_repeated = row, True
            case Conflict():
                self.error = outcome
            case _:
                self.result = outcome


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
        self._queue: queue.SimpleQueue[Write[Any] | None] = queue.SimpleQueue()
        self._queued = 0
        self._is_closed = False
        self._settling: deque[Write[Any]] = deque()
        self._is_settling = False
        self._all_settled = asyncio.Event()
        self._all_settled.set()
        self._sequences: dict[int, int] = dict(connection.execute("SELECT guild_id, last_seq FROM guild_sequences"))
        self._purges: list[int] = []
        self._has_new_purges = True
        self.search = SearchIndex(connection)
        self._next_backfill = 0.0
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
        self._queue.put(Write(run, events, before_publish, after_publish, future))
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
                self._renew_search()
            if self._has_new_purges:
                self._has_new_purges = False
                self._purges = [channel for (channel,) in self._connection.execute("SELECT channel_id FROM purges")]
            next_chore = next_housekeeping if self.search.is_complete else min(next_housekeeping, self._next_backfill)
            if self.search.has_waiting:
                next_chore = min(next_chore, time.monotonic() + INDEX_IDLE_S)
            wait_s = IDLE_S if self._purges else max(next_chore - time.monotonic(), IDLE_S)
            try:
                first = self._queue.get(timeout=wait_s)
            except queue.Empty:
                # Nobody waits, so there is time to tidy up, a little at a time.
                if self.search.has_waiting:
                    self._index_step()
                elif self._is_backfill_due():
                    self._backfill_step(pause_s=0)
                elif self._purges:
                    self._purge_step()
                elif not self._housekeep():
                    next_housekeeping = time.monotonic() + HOUSEKEEPING_INTERVAL_S
                continue
            if first is None:
                self._index_step()
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
                self._index_step()
                return
            if self._is_backfill_due():
                self._backfill_step(pause_s=BACKFILL_INTERVAL_S)

    def _commit(self, batch: list[Write[Any]], *, is_second_try: bool = False) -> None:
        execute = self._connection.execute
        before = dict(self._sequences)
        try:
            execute("BEGIN IMMEDIATE")
            for are_messages, writes in itertools.groupby(batch, lambda write: isinstance(write.run, NewMessage)):
                if are_messages:
                    self._run_messages(list(writes))
                else:
                    for write in writes:
                        self._run(write)
            changed = self._sequences.items() - before.items()
            if changed:
                self._connection.executemany(
                    "INSERT INTO guild_sequences VALUES (?, ?) ON CONFLICT (guild_id) DO UPDATE SET last_seq = excluded.last_seq",
                    list(changed),
                )
            self.search.stage()
            # Whatever the loop takes at this instant, none of this millisecond's ids comes again.
            execute("UPDATE settings SET value = ? WHERE key = ?", (str(self._ids.last | 0xFFF), LAST_ID_KEY))
            execute("COMMIT")
            self.search.committed()
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                execute("ROLLBACK")
            self._sequences = before
            self.search.go_back(0)
            if self.search.is_damaged and not is_second_try:
                self._renew_search()
                for write in batch:
                    write.result, write.error, write.is_repeated = None, None, False
                self._commit(batch, is_second_try=True)
                return
            logger.error("A transaction of %d writes failed: %s", len(batch), error)
            for write in batch:
                write.error = write.error or _store_error(error)

    def _run(self, write: Write[Any]) -> None:
        """Do one write within the transaction; a failing one leaves its neighbours alone."""
        assert not isinstance(write.run, NewMessage)
        execute = self._connection.execute
        execute("SAVEPOINT one")
        before = dict(self._sequences) if write.events else self._sequences
        mark = self.search.mark()
        try:
            write.result = write.run(self._connection)
            self._keep([write])
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # SQLite took all of it back itself, as it does on a full disk
            execute("ROLLBACK TO one")
            self._sequences = before
            self.search.go_back(mark)
            write.error = _store_error(error) if isinstance(error, sqlite3.Error) else error
        execute("RELEASE one")

    def _run_messages(self, writes: list[Write[Any]]) -> None:
        """Insert new messages together; should that fail, one by one, so that only the guilty one fails."""
        execute = self._connection.execute
        execute("SAVEPOINT many")
        before = dict(self._sequences)
        mark = self.search.mark()
        try:
            outcomes = add_messages(
                self._connection, [write.run for write in writes if isinstance(write.run, NewMessage)]
            )
            self.search.added([outcome for outcome in outcomes if isinstance(outcome, MessageRow)])
            for write, outcome in zip(writes, outcomes, strict=True):
                write.settle_message(outcome)
            self._keep([write for write in writes if write.error is None and not write.is_repeated])
        except Exception as error:
            if not self._connection.in_transaction:
                raise  # as above
            execute("ROLLBACK TO many")
            self._sequences = before
            self.search.go_back(mark)
            for write in writes:
                write.result, write.error, write.is_repeated = None, None, False
            if len(writes) == 1:
                writes[0].error = _store_error(error) if isinstance(error, sqlite3.Error) else error
            else:
                for write in writes:
                    self._run_messages([write])
        execute("RELEASE many")

    def _keep(self, writes: Sequence[Write[Any]]) -> None:
        """Number the events that belong to a guild's history, and store them."""
        rows: list[tuple[object, ...]] = []
        full: list[tuple[int, int]] = []
        now_ms = self._wall_ms()
        for write in writes:
            if not write.events:
                continue
            numbered = []
            for event in write.events:
                guild_id = event.guild_id
                if event.is_kept and guild_id is not None:
                    seq = self._sequences[guild_id] = self._sequences.get(guild_id, 0) + 1
                    event = msgspec.structs.replace(event, seq=seq)
                    rows.append((int(guild_id), seq, now_ms, encode_event(event)))
                    if seq % 1000 == 0:
                        full.append((int(guild_id), seq))
                numbered.append(event)
            write.events = numbered
        insert_rows(self._connection, "INSERT INTO events (guild_id, seq, created_ms, event) VALUES", rows)
        for guild_id, seq in full:
            self._connection.execute(
                "DELETE FROM events WHERE guild_id = ? AND seq <= ?", (guild_id, seq - MAX_EVENTS_PER_GUILD)
            )

    def _housekeep(self) -> bool:
        """Forget some old events, nonces, entries of the audit log and expired invites, and say whether there may be more."""
        now_ms = self._wall_ms()
        removed = 0
        for table, key, age, oldest in (
            ("events", "guild_id, seq", "created_ms", now_ms - EVENT_LIFE_MS),
            ("nonces", "channel_id, author_id, nonce", "created_ms", now_ms - NONCE_LIFE_MS),
            ("audit_log", "id", "id", max(now_ms - AUDIT_LIFE_MS - EPOCH_MS, 0) << TIMESTAMP_SHIFT),
        ):
            old = f"SELECT {key} FROM {table} WHERE {age} < ? LIMIT ?"  # noqa: S608  # names of our own
            sql = f"DELETE FROM {table} WHERE ({key}) IN ({old})"  # noqa: S608  # likewise
            try:
                removed = max(removed, self._connection.execute(sql, (oldest, PURGE_STEP)).rowcount)
            except sqlite3.Error as error:
                logger.error("Old rows of %s could not be forgotten: %s", table, error)
        expired = "SELECT code FROM invites WHERE max_age_s > 0 AND created_ms + max_age_s * 1000 <= ? LIMIT ?"
        try:
            sql = f"DELETE FROM invites WHERE code IN ({expired})"  # noqa: S608  # a constant
            removed = max(removed, self._connection.execute(sql, (now_ms, PURGE_STEP)).rowcount)
        except sqlite3.Error as error:
            logger.error("Expired invites could not be removed: %s", error)
        return removed == PURGE_STEP

    def add_purge(self, channel_id: int, guild_id: int | None) -> None:
        """In a write: remove a gone channel's messages later, when there is nothing else to do."""
        self._connection.execute(
            "INSERT OR IGNORE INTO purges (channel_id, guild_id) VALUES (?, ?)", (channel_id, guild_id)
        )
        self._has_new_purges = True

    def finish_purge(self, channel_id: int) -> None:
        """In a write: remove all that is left of a gone channel whose id is taken anew."""
        if self._connection.execute("SELECT 1 FROM purges WHERE channel_id = ?", (channel_id,)).fetchone() is None:
            return
        while self._purge(channel_id):
            pass
        self._has_new_purges = True

    def _purge_step(self) -> None:
        channel_id = self._purges[0]
        try:
            with self._transaction():
                has_more = self._purge(channel_id)
            if not has_more:
                del self._purges[0]
        except sqlite3.Error as error:
            logger.error("Messages of a deleted channel could not be removed: %s", error)
            del self._purges[0]  # the next start tries again

    def _purge(self, channel_id: int) -> bool:
        """Remove some messages of a gone channel, and say whether there may be more."""
        rows = read_rows(self._connection, "WHERE channel_id = ? ORDER BY id LIMIT ?", (channel_id, PURGE_STEP))
        self.search.removed(rows)
        if rows:
            self._connection.execute(
                "DELETE FROM messages WHERE channel_id = ? AND id <= ?", (channel_id, int(rows[-1].id))
            )
        if len(rows) < PURGE_STEP:
            self._connection.execute("DELETE FROM purges WHERE channel_id = ?", (channel_id,))
        return len(rows) == PURGE_STEP

    def _index_step(self) -> None:
        """Make searchable what waits for it."""
        if not self.search.has_waiting:
            return
        try:
            with self._transaction():
                self.search.demand()
        except sqlite3.Error as error:
            logger.error("New messages could not be made searchable: %s", error)
            time.sleep(IDLE_S)

    def _renew_search(self) -> None:
        """A damaged search index stops no write: it is made anew."""
        logger.error("The search index is damaged and is made anew")
        self.search.is_damaged = False
        try:
            with self._transaction():
                self.search.renew()
        except sqlite3.Error as error:
            logger.error("The search index could not be made anew: %s", error)

    def _is_backfill_due(self) -> bool:
        return not self.search.is_complete and time.monotonic() >= self._next_backfill

    def _backfill_step(self, pause_s: float) -> None:
        """Make some old messages searchable, the next ones not before `pause_s` from now."""
        try:
            with self._transaction():
                below = self.search.backfill()
            self.search.note_backfilled(below)
        except sqlite3.Error as error:
            logger.error("Old messages could not be made searchable: %s", error)
            pause_s = BACKFILL_RETRY_S
        self._next_backfill = time.monotonic() + pause_s

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """One transaction of our own; what was noted for the search index goes or stays with it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.search.stage()
            self._connection.execute("COMMIT")
            self.search.committed()
        except BaseException:
            self.search.go_back(0)
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    # On the loop.

    def _settle(self, batch: Sequence[Write[Any]] = ()) -> None:
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

    def _settle_one(self, write: Write[Any]) -> None:
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


def encode_event(event: Event) -> bytes:
    return _encoder.encode(event)


def decode_event(data: bytes) -> Event:
    return _decoder.decode(data)


_PRIMARY_CODE = 0xFF  # sqlite.org/rescode.html: the rest of a code says more precisely what went wrong
_OF_THE_DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}

_encoder = msgspec.msgpack.Encoder(enc_hook=lambda value: _as_plain(value))
_decoder = msgspec.msgpack.Decoder(Event)


def _as_plain(value: object) -> int:
    if isinstance(value, int):  # a Snowflake
        return int(value)
    raise NotImplementedError(f"{type(value).__name__} has no place in an event")


def _store_error(error: sqlite3.Error) -> StoreError:
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(f"The write breaks a rule of the store: {error}.")
    text = f"The store could not write: {error}."
    code = getattr(error, "sqlite_errorcode", 0)  # Python's own complaints have none
    if code & _PRIMARY_CODE in _OF_THE_DISK:
        return StoreUnwritable(f"{text} Is the disk full, or its folder read-only?")
    return StoreError(text)
