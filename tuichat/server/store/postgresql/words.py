"""The words of a text, as SQLite's full-text search takes it apart, so that both stores find the same."""

import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from tuichat.server.store.message_search import searchable

MAX_WORD = 500  # characters; PostgreSQL takes 2046 bytes
_TOKENIZER = "porter unicode61 remove_diacritics 2"  # that of the embedded store's index, in 0005_search.sql

Words = list[tuple[str, int]]  # each with its place in the text, from 0


class Tokenizer:
    """Belongs to one thread at a time."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        execute = self._connection.execute
        execute(
            f"CREATE VIRTUAL TABLE texts USING fts5 (text, content = '', columnsize = 0, tokenize = '{_TOKENIZER}')"
        )
        execute("CREATE VIRTUAL TABLE words USING fts5vocab (texts, instance)")

    def split(self, texts: Sequence[str]) -> list[Words]:
        """The words of each text, in no order."""
        found: list[Words] = [[] for _ in texts]
        execute = self._connection.execute
        execute("BEGIN")
        listed = msgspec.json.encode(texts).decode()
        execute("INSERT INTO texts (rowid, text) SELECT key + 1, value FROM json_each(?)", (listed,))
        for word, number, place in execute('SELECT term, doc, "offset" FROM words'):
            found[number - 1].append((word[:MAX_WORD], place))
        execute("ROLLBACK")
        return found

    def matching(self, texts: Sequence[str], expression: str) -> list[int]:
        """The numbers of the texts that an expression of FTS5 matches, from 0."""
        execute = self._connection.execute
        execute("BEGIN")
        listed = msgspec.json.encode([searchable(text) for text in texts]).decode()
        execute("INSERT INTO texts (rowid, text) SELECT key + 1, value FROM json_each(?)", (listed,))
        found = execute("SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rowid", (expression,)).fetchall()
        execute("ROLLBACK")
        return [number - 1 for (number,) in found]

    def close(self) -> None:
        self._connection.close()


def lexemes(words: Iterable[tuple[str, int]], marks: Iterable[str]) -> str:
    """Words and marks in the language of TSVECTOR: a place there begins with 1, and marks have none."""
    return " ".join((*(f"'{word}':{place + 1}" for word, place in words), *map(mark_lexeme, marks)))


def mark_lexeme(mark: str) -> str:
    return f"'={mark}'"
