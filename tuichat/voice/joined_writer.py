"""Joins what is written in one turn of the loop: through ssh each write is a packet of its own."""

import asyncio
from collections.abc import Callable


class JoinedWriter:
    """Gives frames to `write`, in order, all of one turn at its end. On one loop; `flush` before the connection is closed."""

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._pending: list[bytes] = []

    def put(self, frame: bytes) -> None:
        if not self._pending:
            asyncio.get_running_loop().call_soon(self.flush)
        self._pending.append(frame)

    def flush(self) -> None:
        if self._pending:
            joined, self._pending = b"".join(self._pending), []
            self._write(joined)
