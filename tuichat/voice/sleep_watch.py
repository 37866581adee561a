"""Notices that the computer slept: a clock that goes on in sleep has run ahead of one that stands still."""

import sys
import time

SLEPT_S = 1.5  # taste: a shorter nap breaks no connection


class SleepWatch:
    """Give it both clocks now and then; each starts anywhere."""

    def __init__(self) -> None:
        self._ahead_s: float | None = None

    def note(self, awake_s: float, always_s: float) -> float:
        """Return how many seconds were slept since the last call, 0 for none worth speaking of."""
        ahead_s = always_s - awake_s
        before_s, self._ahead_s = self._ahead_s, ahead_s
        if before_s is None or ahead_s - before_s < SLEPT_S:
            return 0.0
        return ahead_s - before_s


def clocks() -> tuple[float, float]:
    """Return (a clock that stands still in sleep, one that goes on) in seconds, where the system has both.

    Linux: CLOCK_MONOTONIC and CLOCK_BOOTTIME. macOS: CLOCK_UPTIME_RAW and CLOCK_MONOTONIC. Elsewhere sleep is noticed by
    what it breaks.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_MONOTONIC), time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_UPTIME_RAW), time.clock_gettime(time.CLOCK_MONOTONIC)
    now_s = time.monotonic()
    return now_s, now_s
