"""What a set of rows amounts to, in whatever order: so that two databases can be compared without having both at hand."""

import hashlib
from collections.abc import Iterable

Row = tuple[object, ...]

_MODULUS = 1 << 128


class RowSum:
    """A count, and the sum of the rows' hashes; rows come and go."""

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.count += 1
            self.total = (self.total + _hash(row)) % _MODULUS

    def remove(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.count -= 1
            self.total = (self.total - _hash(row)) % _MODULUS

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowSum) and (self.count, self.total) == (other.count, other.total)

    __hash__ = None  # type: ignore[assignment]  # it changes


def _hash(row: Row) -> int:
    """Numbers, texts, bytes and NULL have the same form from both databases."""
    digest = hashlib.blake2b(repr(row).encode("utf-8", "backslashreplace"), digest_size=16)
    return int.from_bytes(digest.digest(), "big")
