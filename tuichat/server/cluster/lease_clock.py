"""How long a lease holds: measured by a clock that goes on while the process or the machine sleeps."""

import time


def awake_s() -> float:
    """Seconds of a clock that never goes back, and counts the time in which a machine sleeps where the system has one."""
    boot_time = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot_time is None else time.clock_gettime(boot_time)


class LeaseClock:
    """A node's own view of its lease, which ends before that of the others does."""

    def __init__(self, ttl_s: float, margin_s: float) -> None:
        """`ttl_s`: after which the broker forgets; `margin_s`: how much earlier the holder stops."""
        self._length_s = ttl_s - margin_s
        self._ends_s = 0.0

    def renewed(self, asked_s: float) -> None:
        """Note that the broker took a renewal which was sent at `asked_s`: it counts from then, whenever the answer came."""
        self._ends_s = max(self._ends_s, asked_s + self._length_s)

    def end(self) -> None:
        self._ends_s = 0.0

    def holds(self, now_s: float) -> bool:
        return now_s < self._ends_s
