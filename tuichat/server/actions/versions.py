"""Versions: numbers by which a client tells a newer state of something from an older one."""

from tuichat.protocol.snowflake import EPOCH_MS


class Versions:
    """One rising number for all that has versions; it is of the time, so it goes on rising over a restart.

    Two in one millisecond get two numbers, which run ahead of the time by as much. They stay below 2**53, the largest
    integer that a JavaScript client reads.
    """

    def __init__(self) -> None:
        self._last = 0

    def take(self, now_ms: int) -> int:
        self._last = max(self._last + 1, now_ms - EPOCH_MS)
        return self._last
