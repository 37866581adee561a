"""Snowflakes: 64-bit ids that sort by time, strings on the wire and integers inside."""

from typing import Self

EPOCH_MS = 1_420_070_400_000  # 2015-01-01T00:00Z, Discord's epoch
TIMESTAMP_SHIFT = 22
MAX_SNOWFLAKE = 2**63 - 1  # what SQLite and PostgreSQL hold in a signed integer


class Snowflake(int):
    """An id. JSON carries it as a decimal string; requests may also carry an integer (discord.py does)."""

    __slots__ = ()

    @property
    def timestamp_ms(self) -> int:
        """Unix time of the id's making, in milliseconds."""
        return (self >> TIMESTAMP_SHIFT) + EPOCH_MS

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read an id from JSON or from a path. Raises ValueError naming the limit for anything that is none."""
        if isinstance(value, str):
            if not (value.isascii() and value.isdigit() and len(value) <= 19):
                raise ValueError(f"a snowflake is a decimal number of at most 19 digits, got {value[:24]!r}")
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"a snowflake is a string or an integer, got {type(value).__name__}")
        if not 0 <= value <= MAX_SNOWFLAKE:
            raise ValueError(f"a snowflake lies between 0 and {MAX_SNOWFLAKE}, got one outside")
        return cls(value)


class SnowflakeGenerator:
    """Gives ids that never go back, whatever the clock does.

    `worker` (0 to 1023) keeps ids of several nodes apart. More than 4096 ids within a millisecond borrow from the next one.
    """

    def __init__(self, worker: int = 0, last: int = 0) -> None:
        if not 0 <= worker < 1024:
            raise ValueError(f"worker must be 0 to 1023, got {worker}")
        self._worker = worker << 12
        self._tick = last >> TIMESTAMP_SHIFT
        self._increment = (last & 0xFFF) if last else -1

    @property
    def last(self) -> Snowflake:
        """The last id that was given, or the one that it was begun with."""
        return Snowflake(self._tick << TIMESTAMP_SHIFT | self._worker | max(self._increment, 0))

    def next(self, now_ms: int) -> Snowflake:
        """Return the next id for a Unix time in milliseconds."""
        tick = now_ms - EPOCH_MS
        if tick > self._tick:
            self._tick, self._increment = tick, 0
        elif self._increment < 0xFFF:
            self._increment += 1
        else:
            self._tick, self._increment = self._tick + 1, 0
        return Snowflake(self._tick << TIMESTAMP_SHIFT | self._worker | self._increment)
