"""How often something may happen: a few times at once, then one by one."""


class Bucket:
    """Holds `room` at most, and gains one each `every_s`. Times are seconds of one monotonic clock."""

    def __init__(self, room: int, every_s: float) -> None:
        self._spare_s = (room - 1) * every_s
        self._every_s = every_s
        self._full_s = float("-inf")  # when it will be full

    def wait_s(self, now_s: float) -> float:
        """Return how long it is until the next may happen, 0 where it may now."""
        return max(0.0, self._full_s - now_s - self._spare_s)

    def take(self, now_s: float) -> bool:
        """Count one and say so, where it may happen now."""
        if self.wait_s(now_s):
            return False
        self._full_s = max(self._full_s, now_s) + self._every_s
        return True
