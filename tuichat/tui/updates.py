"""Gathers changes, so that the screen is drawn at most ten times a second while messages stream in.

The first change after a pause is drawn at once: a message that comes alone does not wait.
"""

from collections.abc import Sequence

from tuichat.client.change import Change

SLOW_INTERVAL_MS = 200  # taste: a slow link rather shows five frames a second than all of them late
DRAW_INTERVAL_MS = 100  # measured: ten frames a second take a seventh of the CPU that a frame a message takes


class Gatherer:
    """Keeps what has changed until it is time to draw; it is told the time."""

    def __init__(self, interval_ms: int = DRAW_INTERVAL_MS) -> None:
        self.interval_ms = interval_ms
        self._changes: list[tuple[str, Change]] = []
        self._drawn_ms: int | None = None
        self._is_due = False

    @property
    def is_due(self) -> bool:
        """Whether something waits to be drawn."""
        return self._is_due

    def add(self, account_key: str, changes: Sequence[Change], now_ms: int) -> int | None:
        """Keep changes; return in how many milliseconds to draw, None when that is arranged already."""
        self._changes += [(account_key, change) for change in changes]
        if self._is_due:
            return None
        self._is_due = True
        if self._drawn_ms is None:
            return 0
        return max(0, self.interval_ms - (now_ms - self._drawn_ms))

    def take(self, now_ms: int) -> list[tuple[str, Change]]:
        """Return what has changed since the last time, in order."""
        self._is_due = False
        self._drawn_ms = now_ms
        changes, self._changes = self._changes, []
        return changes
