"""Periods of time as marks: what lets a search look at the newest messages first, without a list of all that hold a word."""

from collections.abc import Iterator

from tuichat.protocol.snowflake import TIMESTAMP_SHIFT

# Powers of two of milliseconds: 70 minutes, 19 hours, 12 days, 199 days.
LEVELS = (22, 26, 30, 34)
FINEST = 1 << LEVELS[0]
MAX_MARKS = 64  # in one search; taste


def period_marks(message_id: int) -> list[str]:
    """The marks of a message: one for each length."""
    time_ms = message_id >> TIMESTAMP_SHIFT
    return [f"t{level}_{time_ms >> level:x}" for level in LEVELS]


def marks_between(begin_ms: int, end_ms: int) -> list[str]:
    """The fewest marks that together hold a time between two multiples of FINEST, in milliseconds since Discord's epoch."""
    return list(_cover(begin_ms, end_ms))


def _cover(begin_ms: int, end_ms: int) -> Iterator[str]:
    place = begin_ms
    while place < end_ms:
        level = next(level for level in reversed(LEVELS) if not place % (1 << level) and place + (1 << level) <= end_ms)
        yield f"t{level}_{place >> level:x}"
        place += 1 << level
