"""What makes messages searchable on PostgreSQL: their words and marks in a table of its own, in the same transaction."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from tuichat.server.store.connection import ERRORS, Connection
from tuichat.server.store.message_batch import read_rows
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.postgresql.periods import period_marks
from tuichat.server.store.postgresql.words import Tokenizer, lexemes
from tuichat.server.store.search_index import UNINDEXED_KEY, VERSION_KEY, TermsReader
from tuichat.server.store.search_terms import TERMS_VERSION, Terms

BACKFILL_STEP = 500  # messages at once; a write that comes meanwhile waits for so many
_SET = "INSERT INTO settings VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
_PUT = (
    "INSERT INTO message_search (id, terms) SELECT id, CAST(terms AS tsvector)"
    " FROM unnest(CAST(? AS bigint[]), CAST(? AS text[])) AS entries (id, terms) ON CONFLICT (id)"
)
_REPLACE = f"{_PUT} DO UPDATE SET terms = excluded.terms"
_ADD = f"{_PUT} DO NOTHING"


class PostgresSearchIndex:
    """Belongs to the writing thread, but for `is_complete` and `backfilled`.

    PostgreSQL's own index keeps new entries aside until there are many, so nothing waits here.
    """

    is_damaged = False
    has_waiting = False

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._terms_reader = TermsReader(connection)
        self._tokenizer = Tokenizer()
        self._changes: list[tuple[int, Terms | None]] = []
        self.backfilled = 0  # messages since this start
        found = dict(connection.execute("SELECT key, value FROM settings WHERE key LIKE 'search_%'"))
        self._unindexed_below = int(found.get(UNINDEXED_KEY, 0))
        if found.get(VERSION_KEY) != str(TERMS_VERSION):
            with self.transaction():
                self._unindexed_below = self._renew()

    @property
    def is_complete(self) -> bool:
        return self._unindexed_below == 0

    def mark(self) -> int:
        return len(self._changes)

    def go_back(self, mark: int) -> None:
        del self._changes[mark:]

    def added(self, rows: Sequence[MessageRow]) -> None:
        self._changes += [(int(row.id), terms) for row, terms in self._terms_reader.read(rows)]

    def removed(self, rows: Sequence[MessageRow]) -> None:
        self._changes += [(int(row.id), None) for row in rows]

    def changed(self, old: MessageRow, new: MessageRow) -> None:
        self.added([new])

    def demand(self) -> None:
        """Everything is searchable with its commit."""

    def stage(self) -> None:
        """Write what became of each message in this transaction. Raises one of ERRORS."""
        last = dict(self._changes)
        self._changes.clear()
        gone = [row_id for row_id, terms in last.items() if terms is None]
        if gone:
            marks = ", ".join("?" * len(gone))
            self._connection.execute(f"DELETE FROM message_search WHERE id IN ({marks})", gone)  # noqa: S608  # marks only
        self._put(_REPLACE, [(row_id, terms) for row_id, terms in last.items() if terms is not None])

    def committed(self) -> None:
        """Nothing of it is kept here."""

    def renew(self) -> None:
        """It is never damaged without the rest of the database being so."""

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN")
        try:
            yield
            self.stage()
            self._connection.execute("COMMIT")
        except BaseException:
            self.go_back(0)
            with contextlib.suppress(*ERRORS):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise

    def backfill(self) -> int:
        """In a transaction: make some more old messages searchable, and return the id that the rest is below, 0 when all is.

        The messages are locked until the commit: no other node changes or removes one between its reading and its entry.
        """
        newest_first = read_rows(
            self._connection, "WHERE id < ? ORDER BY id DESC LIMIT ? FOR SHARE", (self._unindexed_below, BACKFILL_STEP)
        )
        below = int(newest_first[-1].id) if len(newest_first) == BACKFILL_STEP else 0
        self._put(_ADD, [(int(row.id), terms) for row, terms in self._terms_reader.read(newest_first)])
        self._connection.execute(_SET, (UNINDEXED_KEY, str(below)))
        self.backfilled += len(newest_first)
        return below

    def note_backfilled(self, below: int) -> None:
        self._unindexed_below = below

    def _renew(self) -> int:
        execute = self._connection.execute
        newest = execute("SELECT MAX(id) FROM messages").fetchone()[0] or 0
        below = newest + 1 if newest else 0
        execute("TRUNCATE message_search")
        for key, value in ((UNINDEXED_KEY, below), (VERSION_KEY, TERMS_VERSION)):
            execute(_SET, (key, str(value)))
        return below

    def _put(self, sql: str, entries: Iterable[tuple[int, Terms]]) -> None:
        listed = list(entries)
        if listed:
            words = self._tokenizer.split([terms.text for _, terms in listed])
            texts = [
                lexemes(found, (*terms.marks.split(), *period_marks(row_id)))
                for found, (row_id, terms) in zip(words, listed, strict=True)
            ]
            self._connection.execute(sql, ([row_id for row_id, _ in listed], texts))
