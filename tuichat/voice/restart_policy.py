"""When a process that died is started again, and when that is given up."""

from collections import deque


class RestartPolicy:
    """Waits longer after each death, and gives up after `max_deaths` within `window_s` seconds."""

    def __init__(
        self,
        *,
        max_deaths: int = 5,
        window_s: float = 60.0,
        first_delay_s: float = 0.25,
        max_delay_s: float = 8.0,
    ) -> None:
        self.max_deaths = max_deaths
        self.window_s = window_s
        self._first_delay_s = first_delay_s
        self._max_delay_s = max_delay_s
        self._deaths_s: deque[float] = deque(maxlen=max_deaths)

    def after_death(self, now_s: float) -> float | None:
        """Return how many seconds to wait before the next start, or None to give up."""
        while self._deaths_s and now_s - self._deaths_s[0] >= self.window_s:
            self._deaths_s.popleft()
        self._deaths_s.append(now_s)
        if len(self._deaths_s) >= self.max_deaths:
            return None
        return min(self._max_delay_s, self._first_delay_s * 2.0 ** (len(self._deaths_s) - 1))

    def forget(self) -> None:
        """Count from nothing again, as after a person asked to try once more."""
        self._deaths_s.clear()
