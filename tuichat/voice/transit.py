"""How much longer than the fastest packets the slow ones take: what a playout delay has to cover."""

from bisect import bisect_left, insort
from collections import deque
from typing import Final

WINDOW: Final = 400  # packets, eight seconds: clocks that differ by 200 ppm part by 1.6 ms in it
MOVED_PACKETS: Final = 25  # half a second in which every packet takes
MOVED_MS: Final = 100.0  # longer by this than before is a longer way, and no jitter
COVERED: Final = 0.9925  # share of packets to wait for: measured, more waits longer than it mends


class TransitWindow:
    """The transit times (arrival less timestamp, in milliseconds of an unknown zero) of the last packets."""

    def __init__(self) -> None:
        self._by_arrival: deque[float] = deque()
        self._by_size: list[float] = []

    def __len__(self) -> int:
        return len(self._by_arrival)

    def add(self, transit_ms: float) -> None:
        if len(self._by_arrival) == WINDOW:
            del self._by_size[bisect_left(self._by_size, self._by_arrival.popleft())]
        self._by_arrival.append(transit_ms)
        insort(self._by_size, transit_ms)

    def shift_to(self, transit_ms: float) -> None:
        """Move all of them so that this is the usual one: the sender's timestamps have jumped."""
        if self._by_size:
            by_ms = transit_ms - self._by_size[len(self._by_size) // 2]
            self._by_arrival = deque(transit + by_ms for transit in self._by_arrival)
            self._by_size = sorted(self._by_arrival)

    def follow_move(self) -> None:
        """Forget what came before the way through the network became much longer for good."""
        if len(self._by_arrival) <= MOVED_PACKETS or self._by_arrival[-1] < self.least_ms + MOVED_MS:
            return
        newest = [self._by_arrival[-1 - age] for age in range(MOVED_PACKETS)]
        if min(newest) >= self.least_ms + MOVED_MS:
            self._by_arrival = deque(reversed(newest))
            self._by_size = sorted(newest)

    @property
    def least_ms(self) -> float:
        return self._by_size[0]

    @property
    def spread_ms(self) -> float:
        """Return by how much the slowest packet that is to be waited for is slower than the fastest."""
        last = len(self._by_size) - 1
        return self._by_size[round(last * COVERED)] - self._by_size[0]
