"""A network between the people and the server that can be gone: TCP as if cables were pulled, and UDP likewise."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from tuichat.voice import media_link
from tuichat.voice.udp_socket import UdpSocket


class BadNetwork:
    """While `is_gone` nothing passes, and nobody is told: connections of that time, and from before it, stay dead."""

    def __init__(self, port: int) -> None:
        self.port = 0
        self.is_gone = False
        self.blocks_udp = False
        self._target = port
        self._generation = 0
        self._open: set[asyncio.WriteTransport] = set()

    def vanish(self) -> None:
        self.is_gone = True
        self._generation += 1

    def come_back(self) -> None:
        self.is_gone = False
        self._generation += 1

    def cut(self) -> None:
        """Break every connection, so that both ends hear of it."""
        for transport in list(self._open):
            transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        generation = self._generation
        if self.is_gone:
            await self._hold(writer)
            return
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self._target)
        pipes = [
            asyncio.create_task(self._pipe(reader, other_writer, generation)),
            asyncio.create_task(self._pipe(other_reader, writer, generation)),
        ]
        self._open |= {writer.transport, other_writer.transport}
        try:
            await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pipe in pipes:
                pipe.cancel()
            await asyncio.gather(*pipes, return_exceptions=True)
            for transport in (writer.transport, other_writer.transport):
                transport.abort()
                self._open.discard(transport)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, generation: int) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65536):
                if generation != self._generation:
                    await self._hold(writer)
                    return
                writer.write(data)
                await writer.drain()
        if generation != self._generation:
            await self._hold(writer)

    async def _hold(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        writer.transport.abort()

    def filtered_udp(self) -> type[UdpSocket]:
        """Return a UdpSocket whose datagrams go through this network."""
        network = self

        class FilteredUdp(UdpSocket):
            def __init__(self, host: str, port: int, on_datagram: Callable[[bytes], None]) -> None:
                def pass_on(datagram: bytes) -> None:
                    if not (network.is_gone or network.blocks_udp):
                        on_datagram(datagram)

                super().__init__(host, port, pass_on)

            def send(self, datagram: bytes) -> None:
                if not (network.is_gone or network.blocks_udp):
                    super().send(datagram)

        return FilteredUdp


@contextlib.asynccontextmanager
async def bad_network(port: int, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[BadNetwork]:
    """Put a network before the server at `port`; agents that join from now on send their UDP through it, too."""
    network = BadNetwork(port)
    monkeypatch.setattr(media_link, "UdpSocket", network.filtered_udp())
    held: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.add(asyncio.create_task(network.serve(reader, writer)))

    listener = await asyncio.start_server(accept, "127.0.0.1", 0)
    network.port = listener.sockets[0].getsockname()[1]
    try:
        yield network
    finally:
        listener.close()
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
