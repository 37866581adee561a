"""Timestamps of the wire: ISO 8601 in UTC with microseconds and offset."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_timestamp(unix_ms: int) -> str:
    """Write Unix milliseconds as Discord does, e.g. `2026-11-22T16:00:00.123000+00:00`."""
    seconds, milliseconds = divmod(unix_ms, 1000)
    return f"{_second(seconds)}.{milliseconds:03}000+00:00"


@lru_cache(maxsize=4096)
def _second(unix_s: int) -> str:
    """The slow half, which is the same for all that happens within a second."""
    return f"{datetime.fromtimestamp(unix_s, UTC):%Y-%m-%dT%H:%M:%S}"


def parse_timestamp(text: str) -> int:
    """Read an ISO 8601 time into Unix milliseconds; without an offset it is UTC. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return (moment - _UNIX_EPOCH) // timedelta(milliseconds=1)  # a float would lose a millisecond
    except (ValueError, OverflowError):
        raise ValueError("a time is written as ISO 8601, for example 2026-11-22T16:00:00+00:00") from None
