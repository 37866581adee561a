"""How long a client waits before it tries again."""

import msgspec


class Backoff(msgspec.Struct, frozen=True, kw_only=True):
    """Exponential back-off with full jitter: a uniform draw between nothing and a bound that doubles.

    The first retry is quick, since most breaks are a restart of the server or a change of the network.
    """

    first_ms: int = 250
    base_ms: int = 1000
    cap_ms: int = 60_000

    def delay_ms(self, attempt: int, draw: float) -> int:
        """Return the wait before retry number `attempt` (0 is the first), for a `draw` in [0, 1)."""
        if attempt <= 0:
            return int(draw * self.first_ms)
        return int(draw * min(self.cap_ms, self.base_ms << min(attempt - 1, 20)))
