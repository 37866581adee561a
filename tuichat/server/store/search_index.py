"""The search index of the embedded store: an FTS5 table, and what has to go into it soon.

Every statement that adds to an FTS5 table adds a piece to it, and merging pieces is what an index costs. So messages wait
in memory until there are many, or somebody searches, or nobody writes; a note in the database says up to which id the table
has all, and after a crash the rest is read again. What changes or removes a message that is in the table is written in the
same transaction. Messages that were there before the index are added little by little, newest first.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from tuichat.server.store.connection import Connection
from tuichat.server.store.message_batch import read_rows
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.search_terms import TERMS_VERSION, Terms, terms_of

VERSION_KEY = "search_version"
UNINDEXED_KEY = "search_unindexed_below"
INDEXED_KEY = "search_indexed_to"
MAX_WAITING = 256  # measured: more at once costs hardly less
BACKFILL_STEP = 500  # messages at once; a write that comes meanwhile waits for so many
MAX_CACHED = 50_000  # channels, and authors, whose facts are kept in memory
MAX_PARAMETERS = 500

_ENTRIES = "json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]') FROM json_each(?)"
_SET = "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"


class _Change(msgspec.Struct):
    """What became of a message in a transaction: None is a message that was not, or is no more."""

    old: Terms | None
    new: Terms | None


class TermsReader:
    """Finds out what messages are found by, with what the database says of their channels and authors."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._guilds: dict[int, int | None] = {}
        self._bots: dict[int, bool] = {}

    def read(self, rows: Sequence[MessageRow]) -> list[tuple[MessageRow, Terms]]:
        for cache in (self._guilds, self._bots):
            if len(cache) > MAX_CACHED:
                cache.clear()
        self._learn_guilds({int(row.channel_id) for row in rows} - self._guilds.keys())
        self._learn_bots({int(row.author_id) for row in rows} - self._bots.keys())
        return [(row, terms_of(row, self._guilds[row.channel_id], is_bot=self._bots[row.author_id])) for row in rows]

    def _learn_guilds(self, unknown: set[int]) -> None:
        for chunk in _chunks(unknown):
            marks = ", ".join("?" * len(chunk))
            sql = f"SELECT id, guild_id FROM channels WHERE id IN ({marks})"  # noqa: S608  # marks only
            gone = f"SELECT channel_id, guild_id FROM purges WHERE channel_id IN ({marks})"  # noqa: S608  # likewise
            self._guilds |= dict.fromkeys(chunk)
            self._guilds |= dict(self._connection.execute(gone, chunk))
            self._guilds |= dict(self._connection.execute(sql, chunk))

    def _learn_bots(self, unknown: set[int]) -> None:
        for chunk in _chunks(unknown):
            sql = f"SELECT id, is_bot FROM users WHERE id IN ({', '.join('?' * len(chunk))})"  # noqa: S608  # marks only
            self._bots |= dict.fromkeys(chunk, False)
            self._bots |= {user_id: bool(is_bot) for user_id, is_bot in self._connection.execute(sql, chunk)}


class _State(msgspec.Struct, frozen=True):
    """Where messages are to be found, as SearchIndex says."""

    waiting: dict[int, Terms]
    indexed_to: int
    unindexed_below: int


class SearchIndex:
    """Belongs to the writing thread, but for `is_complete`, `backfilled` and `has_waiting`.

    A message is either in the table, and its id is not above `_indexed_to`; or it waits, and its id is; or it is older
    than the index, and its id is below `_unindexed_below`.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Take up the index of a database: add what a crash left out, and empty one that another release has made."""
        self._connection = connection
        self._terms_reader = TermsReader(connection)
        self._changes: list[tuple[int, Terms | None, Terms | None]] = []
        self._waiting: dict[int, Terms] = {}
        self._staged: _State | None = None  # what holds after the commit
        self._is_demanded = False
        self.is_damaged = False  # a write has found the table to be so: `renew` mends it
        self.backfilled = 0  # messages since this start
        found = dict(connection.execute("SELECT key, value FROM settings WHERE key LIKE 'search_%'"))
        self._unindexed_below = int(found.get(UNINDEXED_KEY, 0))
        self._indexed_to = int(found.get(INDEXED_KEY, 0))
        if found.get(VERSION_KEY) != str(TERMS_VERSION):
            self._start_anew()
        else:
            self._catch_up()

    @property
    def is_complete(self) -> bool:
        """Whether every message can be found."""
        return self._unindexed_below == 0

    @property
    def has_waiting(self) -> bool:
        """Whether committed messages are not in the table yet."""
        return bool(self._waiting)

    def mark(self) -> int:
        """Return a point of the transaction to go back to."""
        return len(self._changes)

    def go_back(self, mark: int) -> None:
        """Forget what was noted since: it was rolled back."""
        del self._changes[mark:]
        self._staged = None

    def added(self, rows: Sequence[MessageRow]) -> None:
        self._changes += [(row_id, None, terms) for row_id, terms in self._terms(rows)]

    def removed(self, rows: Sequence[MessageRow]) -> None:
        self._changes += [(row_id, terms, None) for row_id, terms in self._terms(rows)]

    def changed(self, old: MessageRow, new: MessageRow) -> None:
        for (row_id, before), (_, after) in zip(self._terms([old]), self._terms([new]), strict=True):
            if before != after:
                self._changes.append((row_id, before, after))

    def demand(self) -> None:
        """In a transaction: have everything in the table with its commit."""
        self._is_demanded = True

    def stage(self) -> None:
        """Before the commit: write what cannot wait. `committed` or `go_back(0)` follows. Raises sqlite3.Error."""
        is_demanded, self._is_demanded = self._is_demanded, False
        if not self._changes and not is_demanded:
            return
        net: dict[int, _Change] = {}
        for row_id, old, new in self._changes:
            known = net.get(row_id)
            if known is None:
                net[row_id] = _Change(old, new)
            else:
                known.new = new
        self._changes.clear()
        waiting, indexed_to = dict(self._waiting), self._indexed_to
        removed: list[tuple[int, Terms]] = []
        added: list[tuple[int, Terms]] = []
        for row_id, change in net.items():
            if waiting.pop(row_id, None) is None and change.old is not None:
                removed.append((row_id, change.old))
            if change.new is not None:
                if row_id > indexed_to:
                    waiting[row_id] = change.new
                else:
                    added.append((row_id, change.new))
        if waiting and (is_demanded or len(waiting) >= MAX_WAITING):
            added += waiting.items()
            indexed_to = max(waiting)
            waiting = {}
            self._connection.execute(_SET, (INDEXED_KEY, str(indexed_to)))
        try:
            # In the order of the ids: a lower one after a higher one makes FTS5 begin a new piece.
            _remove_terms(self._connection, sorted(removed, key=_row_id))
            self._add(sorted(added, key=_row_id))
        except sqlite3.DatabaseError as error:
            self.is_damaged = is_damage(error)
            raise
        self._staged = _State(waiting, indexed_to, self._unindexed_below)

    def renew(self) -> None:
        """In a transaction: throw the table away, and make every message searchable anew, little by little."""
        self._changes.clear()
        self.is_damaged = False
        self._staged = self._renew()

    def committed(self) -> None:
        if self._staged is not None:
            self._waiting = self._staged.waiting
            self._indexed_to = self._staged.indexed_to
            self._unindexed_below = self._staged.unindexed_below
            self._staged = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Begin a transaction, and commit it; what is noted for the index goes or stays with it."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.stage()
            self._connection.execute("COMMIT")
            self.committed()
        except BaseException:
            self.go_back(0)
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise

    def backfill(self) -> int:
        """In a transaction: make some more old messages searchable, and return the id that the rest is below, 0 when all is.

        `note_backfilled` follows the commit. Raises sqlite3.Error.
        """
        execute = self._connection.execute
        newest_first = read_rows(
            self._connection, "WHERE id < ? ORDER BY id DESC LIMIT ?", (self._unindexed_below, BACKFILL_STEP)
        )
        rows = newest_first[::-1]
        below = int(rows[0].id) if len(rows) == BACKFILL_STEP else 0
        self._add([(int(row.id), terms) for row, terms in self._terms_reader.read(rows)])
        execute(_SET, (UNINDEXED_KEY, str(below)))
        self.backfilled += len(rows)
        return below

    def note_backfilled(self, below: int) -> None:
        self._unindexed_below = below

    def _start_anew(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._staged = self._renew()
        self._connection.execute("COMMIT")
        self.committed()

    def _renew(self) -> _State:
        execute = self._connection.execute
        newest = execute("SELECT MAX(id) FROM messages").fetchone()[0] or 0
        below = newest + 1 if newest else 0
        execute("INSERT INTO message_search (message_search) VALUES ('delete-all')")
        for key, value in ((UNINDEXED_KEY, below), (INDEXED_KEY, newest), (VERSION_KEY, TERMS_VERSION)):
            execute(_SET, (key, str(value)))
        return _State({}, newest, below)

    def _catch_up(self) -> None:
        """Add what waited when the server was killed."""
        execute = self._connection.execute
        execute("BEGIN IMMEDIATE")
        rows = read_rows(self._connection, "WHERE id > ? ORDER BY id", (self._indexed_to,))
        if rows:
            self._add([(int(row.id), terms) for row, terms in self._terms_reader.read(rows)])
            self._indexed_to = int(rows[-1].id)
            execute(_SET, (INDEXED_KEY, str(self._indexed_to)))
        execute("COMMIT")

    def _add(self, entries: Sequence[tuple[int, Terms]]) -> None:
        add_terms(self._connection, "message_search", entries)

    def _terms(self, rows: Sequence[MessageRow]) -> Iterable[tuple[int, Terms]]:
        """The words of those messages that the index has, or has to have at once."""
        below = self._unindexed_below
        for row, terms in self._terms_reader.read([row for row in rows if row.id >= below]):
            yield int(row.id), terms


def is_damage(error: BaseException | None) -> bool:
    """Whether an error of SQLite says that what it read cannot be right."""
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF == sqlite3.SQLITE_CORRUPT


def _row_id(entry: tuple[int, Terms]) -> int:
    return entry[0]


def add_terms(connection: sqlite3.Connection, table: str, entries: Sequence[tuple[int, Terms]]) -> None:
    """Add messages to an index, in the order of their ids. Raises sqlite3.Error."""
    if entries:
        sql = f"INSERT INTO {table} (rowid, text, marks) SELECT {_ENTRIES}"  # a name of our own
        connection.execute(sql, (_listed(entries),))


def _remove_terms(connection: sqlite3.Connection, entries: Sequence[tuple[int, Terms]]) -> None:
    """FTS5 keeps no copy of what it indexed, so a message that goes names its words again."""
    if entries:
        sql = f"INSERT INTO message_search (message_search, rowid, text, marks) SELECT 'delete', {_ENTRIES}"
        connection.execute(sql, (_listed(entries),))


def _listed(entries: Sequence[tuple[int, Terms]]) -> str:
    return msgspec.json.encode([(row_id, terms.text, terms.marks) for row_id, terms in entries]).decode()


def _chunks(ids: set[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    for begin in range(0, len(ordered), MAX_PARAMETERS):
        yield ordered[begin : begin + MAX_PARAMETERS]
