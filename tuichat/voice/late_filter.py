"""Drops what a stream connection delivers too late to be heard: after a stall, what was held up would only keep on being late."""

from collections import deque

LATE_MS = 250  # beyond the fastest; more than any playout delay waits
WINDOW = 500  # datagrams, ten seconds of one voice: a way that has become longer for good is the new measure by then
WRAP = 0x10000


class LateFilter:
    """Knows a sender's stamps, milliseconds modulo 65536, by the receiver's clock. The two clocks need not agree."""

    def __init__(self) -> None:
        self._transits: deque[int] = deque(maxlen=WINDOW)
        self._first: int | None = None

    def is_late(self, stamp_ms: int, now_ms: float) -> bool:
        """Take a datagram stamped by its sender, and say whether it comes too late."""
        transit = (int(now_ms) - stamp_ms) % WRAP
        if self._first is None:
            self._first = transit
        # Counted from the first one, so that a zero that lies between two transits does no harm.
        relative = (transit - self._first + WRAP // 2) % WRAP - WRAP // 2
        self._transits.append(relative)
        return relative - min(self._transits) > LATE_MS
