"""A small server of a test on a free port of this machine, until the test has done with it."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from typing import Protocol


class Serving(Protocol):
    port: int

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...

    def cut_all(self) -> None: ...


@contextlib.asynccontextmanager
async def listening(server: Serving, context: ssl.SSLContext | None = None) -> AsyncIterator[None]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=context)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        listener.close()
        server.cut_all()
        await listener.wait_closed()
