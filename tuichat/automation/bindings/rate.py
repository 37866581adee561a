"""How often a binding may fire: what is more is held back, and that is told once."""

from collections import deque


class Rate:
    """At most `count` times in any `span_s` seconds. Times are given, so that nothing here waits."""

    def __init__(self, count: int, span_s: float) -> None:
        self._count = count
        self._span_s = span_s
        self._times: deque[float] = deque()
        self._is_told = False

    def take(self, now_s: float) -> bool:
        """Return whether it may fire now, and count that."""
        while self._times and self._times[0] <= now_s - self._span_s:
            self._times.popleft()
        if len(self._times) >= self._count:
            return False
        self._times.append(now_s)
        if len(self._times) == 1:
            self._is_told = False
        return True

    def tell(self) -> bool:
        """Return whether the one who is held back should be told of it: once, until it was quiet for a whole span."""
        is_new, self._is_told = not self._is_told, True
        return is_new
