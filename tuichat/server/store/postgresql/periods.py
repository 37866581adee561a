"""Periods of time as marks: what lets a search look at the newest messages first, without a list of all that hold a word."""

from tuichat.protocol.snowflake import TIMESTAMP_SHIFT

# Powers of two of milliseconds, each four times as long as the one before: 70 minutes to two years.
LEVELS = (22, 24, 26, 28, 30, 32, 34, 36)
SHORTEST_MS = 1 << LEVELS[0]
LONGEST_MS = 1 << LEVELS[-1]


def period_marks(message_id: int) -> list[str]:
    """The marks of a message: one for each length."""
    time_ms = message_id >> TIMESTAMP_SHIFT
    return [_mark(level, time_ms >> level) for level in LEVELS]


def marks_about(begin_ms: int, end_ms: int) -> tuple[str, ...]:
    """A few marks of one length whose periods hold a time, in milliseconds since Discord's epoch, and some more around it."""
    level = max((level for level in LEVELS if 1 << level <= end_ms - begin_ms), default=LEVELS[0])
    return tuple(_mark(level, number) for number in range(begin_ms >> level, ((end_ms - 1) >> level) + 1))


def _mark(level: int, number: int) -> str:
    return f"t{level}_{number:x}"
