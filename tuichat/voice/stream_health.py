"""Decides when a device's stream is to be opened, given up or tried again, by what it did and when."""

from typing import Final

STALL_S: Final = 1.0  # a stream of 10 ms that asked for nothing for so long is broken, whatever its flags say
START_S: Final = 3.0  # a sound server that was asleep may first play two seconds that it had prepared
FIRST_RETRY_S: Final = 0.25
LONGEST_RETRY_S: Final = 2.0  # the call is to heal within three seconds of a device's return


class StreamHealth:
    """One direction's story. Times are in seconds of one monotonic clock."""

    def __init__(self) -> None:
        self._retry_at_s = 0.0
        self._retry_s = FIRST_RETRY_S
        self._count = 0
        self._moved_s = 0.0
        self._has_started = False

    def may_open(self, now_s: float) -> bool:
        return now_s >= self._retry_at_s

    def opened(self, now_s: float, count: int) -> None:
        """The stream is open; `count` is how many chunks its queue has seen."""
        self._count = count
        self._moved_s = now_s
        self._has_started = False

    def failed(self, now_s: float) -> None:
        """It could not be opened, or broke: it is tried again after ever longer pauses."""
        self._retry_at_s = now_s + self._retry_s
        self._retry_s = min(self._retry_s * 2, LONGEST_RETRY_S)

    def hurry(self) -> None:
        """Something changed in the sound system: try at once."""
        self._retry_at_s = 0.0
        self._retry_s = FIRST_RETRY_S

    def is_stalled(self, now_s: float, count: int) -> bool:
        """Whether an open stream has stopped asking."""
        if count != self._count:
            self._count = count
            self._moved_s = now_s
            self._has_started = True
            self._retry_s = FIRST_RETRY_S
            return False
        return now_s - self._moved_s > (STALL_S if self._has_started else START_S)
