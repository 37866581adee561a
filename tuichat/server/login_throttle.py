"""Guessing is slow: how many tries a key has, and how fast they come back."""

from collections import OrderedDict

MAX_KEYS = 20_000  # taste: a few MB; beyond it the keys that were quiet longest start anew


class Throttle:
    """A token bucket a key: `burst` tries at once, then one every `refill_ms`.

    A try is taken before it is known how it ends, so that a thousand at the same instant do not pass together;
    what ended well is given back.
    """

    def __init__(self, *, burst: int, refill_ms: int) -> None:
        self._burst = burst
        self._refill_ms = refill_ms
        self._full_at_ms: OrderedDict[str, int] = OrderedDict()  # when the key's bucket is full again

    def take(self, key: str, now_ms: int) -> int:
        """Take a try and return 0, or take none and return after how many milliseconds there is one."""
        full_at_ms = min(max(self._full_at_ms.get(key, 0), now_ms), now_ms + self._burst * self._refill_ms)
        wait_ms = full_at_ms + self._refill_ms - now_ms - self._burst * self._refill_ms
        if wait_ms > 0:
            return wait_ms
        self._full_at_ms[key] = full_at_ms + self._refill_ms
        self._full_at_ms.move_to_end(key)
        if len(self._full_at_ms) > MAX_KEYS:
            self._full_at_ms.popitem(last=False)
        return 0

    def give_back(self, key: str) -> None:
        """Return a try."""
        if key in self._full_at_ms:
            self._full_at_ms[key] -= self._refill_ms
