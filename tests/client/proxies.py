"""A small real proxy: HTTP CONNECT or SOCKS5 over loopback sockets, that leads every name to one port of this machine."""

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from tests.client.listening import listening


class SmallProxy:
    """Opens lines to `target_port` whatever host is named, and keeps what was asked in `asked`.

    With a `login` ("user:password") nobody else gets through. `refusal` is answered instead of opening a line: the status
    of a CONNECT, or the reply of SOCKS5.
    """

    def __init__(self, kind: str, target_port: int, login: str | None) -> None:
        self.kind = kind
        self.port = 0
        self.asked: list[str] = []
        self.carried = bytearray()  # what clients sent over open lines
        self.refusal: int | None = None
        self._target_port = target_port
        self._login = login
        self._open: set[asyncio.StreamWriter] = set()

    def url(self, login: str | None = None) -> str:
        """What a user would write into the environment."""
        host = "localhost" if self.kind == "https" else "127.0.0.1"
        return f"{self.kind}://{f'{login}@' if login else ''}{host}:{self.port}"

    def cut_all(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            opens = await (self._answer_socks if "socks" in self.kind else self._answer_connect)(reader, writer)
            if opens:
                await self._carry(reader, writer)
        self._open.discard(writer)
        writer.transport.abort()

    async def _answer_connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("ascii")
        request, *headers = head.split("\r\n")
        method, target, _ = request.split(" ")
        assert method == "CONNECT"
        self.asked.append(target)
        given = next((each.split(" ")[-1] for each in headers if each.startswith("Proxy-Authorization: Basic ")), "")
        status = self.refusal or 200
        if self._login is not None and base64.b64decode(given).decode() != self._login:
            status = 407
        writer.write(f"HTTP/1.1 {status} said\r\nVia: a small proxy\r\n\r\n".encode())
        await writer.drain()
        return status == 200

    async def _answer_socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        version, count = await reader.readexactly(2)
        assert version == 5
        methods = await reader.readexactly(count)
        wanted = 0 if self._login is None else 2
        writer.write(bytes([5, wanted if wanted in methods else 0xFF]))
        if wanted not in methods:
            await writer.drain()
            return False
        if wanted:
            _, length = await reader.readexactly(2)
            user = (await reader.readexactly(length)).decode()
            password = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
            is_right = f"{user}:{password}" == self._login
            writer.write(bytes([1, 0 if is_right else 1]))
            if not is_right:
                await writer.drain()
                return False
        _, _, _, kind = await reader.readexactly(4)
        length = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
        host = await reader.readexactly(length)
        port = int.from_bytes(await reader.readexactly(2), "big")
        shown = host.decode() if kind == 3 else ".".join(map(str, host))
        self.asked.append(f"{shown}:{port}")
        writer.write(bytes([5, self.refusal or 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        await writer.drain()
        return not self.refusal

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        self._open.add(other_writer)

        async def forth() -> None:
            while data := await reader.read(65536):
                self.carried += data
                other_writer.write(data)
                await other_writer.drain()

        async def back() -> None:
            while data := await other_reader.read(65536):
                writer.write(data)
                await writer.drain()

        pipes = [asyncio.create_task(forth()), asyncio.create_task(back())]
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            other_writer.transport.abort()
            self._open.discard(other_writer)
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)


@contextlib.asynccontextmanager
async def small_proxy(
    kind: str, target_port: int, *, login: str | None = None, certificate: "tuple[Path, Path] | None" = None
) -> AsyncIterator[SmallProxy]:
    """Run a proxy whose URL begins with `kind`; an https one needs a certificate for localhost."""
    proxy = SmallProxy(kind, target_port, login)
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
    async with listening(proxy, context):
        yield proxy
