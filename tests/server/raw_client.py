"""A client that sends exactly the bytes that a test wants sent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import msgspec


class RawAnswer(msgspec.Struct, frozen=True):
    """One HTTP answer, as it came; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class RawClient:
    """One TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    @contextlib.asynccontextmanager
    async def connect(cls, host: str, port: int) -> AsyncIterator["RawClient"]:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            yield cls(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> RawAnswer:
        """Read one answer with a Content-Length, or with no body."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {}
        for line in head[1:-2]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return RawAnswer(int(head[0].split(" ")[1]), headers, body)

    async def is_closed(self, limit_s: float = 5.0) -> bool:
        """Wait until the other end has closed or cut the connection, and say whether it did."""
        try:
            async with asyncio.timeout(limit_s):
                while await self.reader.read(65536):
                    pass
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True

    async def upgrade(self, path: str = "/?v=10&encoding=json", host: str = "127.0.0.1", *extra: str) -> RawAnswer:
        """Ask for a WebSocket, and return the answer."""
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Version: 13",
            *extra,
        ]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        return await self.answer()

    async def frame(self) -> tuple[int, bytes]:
        """Read one unmasked frame: its first byte and its payload."""
        first, size = await self.reader.readexactly(2)
        assert size < 128, "a server's frames are not masked"
        if size == 126:
            size = int.from_bytes(await self.reader.readexactly(2))
        elif size == 127:
            size = int.from_bytes(await self.reader.readexactly(8))
        return first, await self.reader.readexactly(size)


def masked_frame(first: int, payload: bytes) -> bytes:
    """Return a client's frame; the mask is all zero, which RFC 6455 allows on the wire."""
    if len(payload) < 126:
        header = bytes((first, 0x80 | len(payload)))
    elif len(payload) < 1 << 16:
        header = bytes((first, 0x80 | 126)) + len(payload).to_bytes(2)
    else:
        header = bytes((first, 0x80 | 127)) + len(payload).to_bytes(8)
    return header + bytes(4) + payload
