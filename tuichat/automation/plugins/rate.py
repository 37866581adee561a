"""How often something may happen: so many times at once, and so many a second over time."""


class Rate:
    """A bucket of `burst` tokens that fills with `per_s` a second."""

    def __init__(self, burst: int, per_s: float) -> None:
        self._burst = burst
        self._per_s = per_s
        self._left = float(burst)
        self._last_s: float | None = None

    def take(self, now_s: float) -> bool:
        """Say whether it may happen once more at this time."""
        self._fill(now_s)
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def reserve(self, now_s: float) -> float:
        """Have it happen once more, and return in how many seconds it may."""
        self._fill(now_s)
        self._left -= 1
        return max(0.0, -self._left / self._per_s)

    def _fill(self, now_s: float) -> None:
        if self._last_s is not None:
            self._left = min(self._burst, self._left + (now_s - self._last_s) * self._per_s)
        self._last_s = now_s
