"""A TCP proxy that breaks connections at a chosen byte, as networks do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from enum import Enum
from pathlib import Path

from tests.client.listening import listening


class Direction(Enum):
    TO_SERVER = "to server"
    TO_CLIENT = "to client"


class FaultyProxy:
    """Forwards everything until told otherwise; `cut_after` breaks the connection that carries a byte string."""

    def __init__(self, port: int, connect: "tuple[str, int] | Path") -> None:
        self.port = port
        self.cuts = 0
        self.refuses = False  # new connections end at once
        self._target = connect
        self._rule: tuple[Direction, bytes, int] | None = None
        self._open: set[asyncio.WriteTransport] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut_after(self, direction: Direction, marker: bytes, more_bytes: int) -> None:
        """Break the next connection that carries `marker`, after that many bytes from the marker's beginning on."""
        self._rule = (direction, marker, more_bytes)

    def cut_all(self) -> None:
        """Break every open connection."""
        for transport in list(self._open):
            transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.close()
            return
        try:
            if isinstance(self._target, Path):
                other_reader, other_writer = await asyncio.open_unix_connection(str(self._target))
            else:
                other_reader, other_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer.transport, other_writer.transport}
        pipes = [
            asyncio.create_task(self._pipe(reader, other_writer, Direction.TO_SERVER)),
            asyncio.create_task(self._pipe(other_reader, writer, Direction.TO_CLIENT)),
        ]
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for transport in (writer.transport, other_writer.transport):
                transport.abort()
                self._open.discard(transport)
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, direction: Direction) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                cut = self._cut(direction, data)
                writer.write(data if cut is None else data[:cut])
                await writer.drain()
                if cut is not None:
                    await asyncio.sleep(0)  # let what was forwarded reach the socket
                    self.cuts += 1
                    return

    def _cut(self, direction: Direction, data: bytes) -> int | None:
        if self._rule is None or self._rule[0] is not direction or self._rule[1] not in data:
            return None
        _, marker, more_bytes = self._rule
        self._rule = None
        return data.index(marker) + more_bytes


@contextlib.asynccontextmanager
async def faulty_proxy(connect: "tuple[str, int] | Path") -> AsyncIterator[FaultyProxy]:
    proxy = FaultyProxy(0, connect)
    async with listening(proxy):
        yield proxy
