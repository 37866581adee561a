"""Our statements in PostgreSQL's language: numbered parameters, and lists as arrays."""

import functools
import re
from collections.abc import Sequence
from typing import Any

import msgspec

from tuichat.server.store.storable import storable

# A parameter, a list of them, or a string in whose middle neither is meant.
_PARTS = re.compile(
    r"'(?:[^']|'')*'|\b(?P<word>IN|NOT IN) \((?P<list>(?:\?(?:, \?)*)?)\)|\?(?P<number>\d+)?", re.IGNORECASE
)


class Statement(msgspec.Struct, frozen=True):
    """A statement, and how many parameters of ours each list of its own takes; None takes one as it is."""

    sql: str
    lists: tuple[int | None, ...]

    def parameters(self, ours: Sequence[Any]) -> Sequence[Any]:
        """Gather what belongs to lists, all of it storable."""
        ours = tuple(storable(value) for value in ours)
        if not any(length is not None for length in self.lists):
            return ours
        gathered: list[Any] = []
        begin = 0
        for length in self.lists:
            if length is None:
                gathered.append(ours[begin])
                begin += 1
            else:
                gathered.append(list(ours[begin : begin + length]))
                begin += length
        return gathered


@functools.lru_cache(maxsize=2048)
def statement(sql: str) -> Statement:
    """Translate a statement.

    `IN (?, ?, ?)` becomes `= ANY ($1)`, so that lists of all lengths are one statement to prepare; a list may be empty.
    """
    lists: list[int | None] = []

    def replace(match: re.Match[str]) -> str:
        if match["word"] is not None:
            lists.append(match["list"].count("?"))
            return f"{'<> ALL' if match['word'].upper() == 'NOT IN' else '= ANY'} (${len(lists)})"
        if match["number"] is not None:
            return f"${match['number']}"  # all are numbered, and no list is among them
        if match[0] == "?":
            lists.append(None)
            return f"${len(lists)}"
        return match[0]

    text = _PARTS.sub(replace, sql)
    return Statement(text, tuple(lists))
