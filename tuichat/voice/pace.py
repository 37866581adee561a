"""How fast another machine may speak to this one: what comes faster is read later, and never piles up here."""

BYTES_S = 1_000_000  # taste: a call of fifty people through ssh is a third of it
MESSAGES_S = 5_000  # taste: the packets of a hundred people who speak at once
BURST_S = 2.0


class Pace:
    """Two buckets, of bytes and of messages, each with room for BURST_S."""

    def __init__(self, now_s: float, *, messages_s: float = MESSAGES_S) -> None:
        self._messages_s = messages_s
        self._full_s = now_s  # when the buckets would be full again: a debt in seconds
        self._counted_s = now_s

    def take(self, size_bytes: int, messages: int, now_s: float) -> float:
        """Count what was read now, and return how many seconds to wait before more is."""
        self._full_s = max(self._full_s, now_s) + size_bytes / BYTES_S
        self._counted_s = max(self._counted_s, now_s) + messages / self._messages_s
        return max(0.0, max(self._full_s, self._counted_s) - now_s - BURST_S)
