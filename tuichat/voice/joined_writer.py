"""Joins what is written in one turn of the loop: through ssh each write is a packet of its own."""

import asyncio
from collections.abc import Callable

WAIT_S = 0.05  # two frames of voice and some: while somebody speaks, one that goes anyway takes along what may wait


class JoinedWriter:
    """Gives frames to `write`, in order, all of one turn at its end. On one loop; `flush` before the connection is closed."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._pending: list[bytes] = []
        self._flushing: asyncio.Handle | None = None
        self._is_soon = False

    def put(self, frame: bytes, *, may_wait: bool = False) -> None:
        """Write a frame soon; one that `may_wait` goes with the next that may not, or after WAIT_S."""
        self._pending.append(frame)
        if self._is_soon or (may_wait and self._flushing is not None):
            return
        if self._flushing is not None:
            self._flushing.cancel()
        loop = asyncio.get_running_loop()
        self._is_soon = not may_wait
        self._flushing = loop.call_later(WAIT_S, self.flush) if may_wait else loop.call_soon(self.flush)

    def flush(self) -> None:
        if self._flushing is not None:
            self._flushing.cancel()
        self._flushing, self._is_soon = None, False
        if self._pending:
            joined, self._pending = b"".join(self._pending), []
            self._write(joined)
