"""Has packets travel in twos through ssh where the way is long: each frame alone is doubled in size by what ssh, TCP and IP add."""

import asyncio
from collections.abc import Callable

LONG_WAY_MS = 8.0  # round trip: in one house nobody counts bytes, and 20 ms are worth more
HOLD_S = 0.022  # one frame and what its sender may be late


class PacketPairs:
    """Gives packets to `send`, on one loop, in order. Two that are given in one turn of the loop are written at once."""

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._send = send
        self._waiting: bytes | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.is_long_way = False
        """Whether a packet may wait for the next one."""

    def note_round_trip(self, rtt_ms: float | None) -> None:
        self.is_long_way = rtt_ms is not None and rtt_ms >= LONG_WAY_MS

    def put(self, packet: bytes, *, may_wait: bool) -> None:
        """Send a packet, now or with the next one; one that may not wait takes along the one that does."""
        if may_wait and self.is_long_way and self._waiting is None:
            self._waiting = packet
            self._timer = asyncio.get_running_loop().call_later(HOLD_S, self._flush)
            return
        self._flush()
        self._send(packet)

    def close(self) -> None:
        """Forget what waits."""
        self._waiting = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _flush(self) -> None:
        waiting = self._waiting
        self.close()
        if waiting is not None:
            self._send(waiting)
