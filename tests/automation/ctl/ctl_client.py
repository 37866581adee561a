"""A program at the ctl socket that writes and reads bytes as a test says."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

LIMIT_S = 10.0


class CtlClient:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    def ask(self, **request: object) -> None:
        self.write(json.dumps({"v": 1, "id": 1} | request).encode() + b"\n")

    async def read(self) -> "dict[str, Any] | None":
        """Return what is told next, None where the other end hung up."""
        async with asyncio.timeout(LIMIT_S):
            try:
                line = await self._reader.readline()
            except ConnectionError:
                return None
        found: dict[str, Any] | None = json.loads(line) if line else None
        return found

    async def answer(self, **request: object) -> "dict[str, Any]":
        self.ask(**request)
        found = await self.read()
        assert found is not None
        return found


@contextlib.asynccontextmanager
async def at_socket(path: Path) -> AsyncIterator[CtlClient]:
    reader, writer = await asyncio.open_unix_connection(path, limit=8 * 1024 * 1024)
    try:
        yield CtlClient(reader, writer)
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
