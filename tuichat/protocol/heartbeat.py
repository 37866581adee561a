"""A client's heartbeats: when the next one is due, and whether the server still answers."""

MIN_INTERVAL_MS = 250  # taste: a smaller one would have us flood the server
MAX_INTERVAL_MS = 600_000  # taste: a larger one would never notice a dead server


class Heartbeat:
    """The pulse of one connection; it begins with HELLO."""

    def __init__(self) -> None:
        self._interval_ms = 0
        self._due_ms: int | None = None
        self._sent_ms: int | None = None
        self._is_ack_awaited = False

    def begin(self, interval_ms: int, now_ms: int, draw: float) -> None:
        """Start on HELLO; `draw` in [0, 1) spreads the first beat, so that a restarted server is not hit all at once."""
        self._interval_ms = min(max(interval_ms, MIN_INTERVAL_MS), MAX_INTERVAL_MS)
        self._due_ms = now_ms + int(self._interval_ms * draw)

    def due_ms(self) -> int | None:
        """Return when the next beat is due, None before HELLO."""
        return self._due_ms

    def is_due(self, now_ms: int) -> bool:
        return self._due_ms is not None and now_ms >= self._due_ms

    def is_unanswered(self) -> bool:
        """Whether the last regular beat got no answer: when the next one is due, the connection is dead."""
        return self._is_ack_awaited

    def beat(self, now_ms: int) -> None:
        """Note a regular beat."""
        self._is_ack_awaited = True
        self._sent_ms = now_ms
        self._due_ms = now_ms + self._interval_ms

    def beat_on_request(self, now_ms: int) -> None:
        """Note a beat that the server asked for: it is sent beside the regular ones, and nothing hangs on its answer."""
        self._sent_ms = now_ms

    def acknowledge(self, now_ms: int) -> int | None:
        """Note an answer, and return the latency in milliseconds, None where no beat was open."""
        self._is_ack_awaited = False
        sent_ms, self._sent_ms = self._sent_ms, None
        return None if sent_ms is None else now_ms - sent_ms
