"""Drops what a stream connection delivers too late to be heard: after a stall, what was held up would only keep on being late."""

from collections import deque

LATE_MS = 250  # beyond the fastest; more than any playout delay waits
WINDOW = 500  # datagrams, ten seconds of one voice
MOVED, MOVED_SPREAD_MS, MOVED_MS = (
    25,
    100,
    400.0,
)  # so many that are late alike, over so long: a longer way, or a clock that stood still in a sleep
WRAP = 0x10000


class LateFilter:
    """Knows a sender's stamps, milliseconds modulo 65536, by the receiver's clock. The two clocks need not agree."""

    def __init__(self) -> None:
        self._transits: deque[int] = deque(maxlen=WINDOW)
        self._late: deque[tuple[float, int]] = deque(maxlen=MOVED)
        self._first: int | None = None

    def is_late(self, stamp_ms: int, now_ms: float) -> bool:
        """Take a datagram stamped by its sender, and say whether it comes too late."""
        transit = (int(now_ms) - stamp_ms) % WRAP
        if self._first is None:
            self._first = transit
        # Counted from the first one, so that a zero that lies between two transits does no harm.
        relative = (transit - self._first + WRAP // 2) % WRAP - WRAP // 2
        self._transits.append(relative)
        if relative - min(self._transits) <= LATE_MS:
            self._late.clear()
            return False
        self._late.append((now_ms, relative))
        if self._has_moved():
            self._transits = deque((transit for _, transit in self._late), maxlen=WINDOW)
            self._late.clear()
            return False
        return True

    def _has_moved(self) -> bool:
        """Whether what is late is so for good: what a stall held up comes in a bunch, each less late than the one before."""
        transits = [transit for _, transit in self._late]
        return (
            len(transits) == MOVED
            and self._late[-1][0] - self._late[0][0] >= MOVED_MS
            and max(transits) - min(transits) <= MOVED_SPREAD_MS
        )
