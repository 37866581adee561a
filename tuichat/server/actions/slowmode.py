"""Slow mode: how long a member waits between two messages in a channel."""

from collections import OrderedDict

MAX_REMEMBERED = 100_000  # taste: some 10 MB; beyond it the ones who wrote longest ago are forgotten


class Slowmode:
    """When each member last wrote in the channels that are slow."""

    def __init__(self) -> None:
        self._last_ms: OrderedDict[tuple[int, int], int] = OrderedDict()

    def wait_ms(self, channel_id: int, user_id: int, interval_s: int, now_ms: int) -> int:
        """Return how long a member must still wait, 0 when it may write."""
        last_ms = self._last_ms.get((channel_id, user_id))
        if last_ms is None or not interval_s:
            return 0
        return min(max(last_ms + interval_s * 1000 - now_ms, 0), interval_s * 1000)

    def note(self, channel_id: int, user_id: int, now_ms: int) -> None:
        """Remember that a member wrote."""
        key = (channel_id, user_id)
        self._last_ms[key] = now_ms
        self._last_ms.move_to_end(key)
        if len(self._last_ms) > MAX_REMEMBERED:
            self._last_ms.popitem(last=False)
