"""One port for TLS and for what comes without it."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.system.test_serve import make_certificate
from tuichat.server.listeners import bind_tcp, load_tls
from tuichat.server.mixed_listener import MixedListener


class Echo(asyncio.Protocol):
    """Answers with whether TLS is spoken, and what came."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        is_tls = self.transport.get_extra_info("ssl_object") is not None
        self.transport.write(b"tls " + data if is_tls else b"plain " + data)


class Place:
    def __init__(self, listener: socket.socket, mixed: MixedListener, trusting: ssl.SSLContext) -> None:
        self.port = listener.getsockname()[1]
        self.mixed = mixed
        self.trusting = trusting

    async def ask(self, words: bytes, tls: ssl.SSLContext | None = None) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=tls)
        try:
            writer.write(words)
            return await reader.read(100)
        finally:
            writer.close()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    cert, key = make_certificate(tmp_path)
    listener = bind_tcp("127.0.0.1", 0)
    mixed = MixedListener(listener, Echo, load_tls(cert, key), first_byte_limit_s=5.0, handshake_limit_s=5.0)
    yield Place(listener, mixed, ssl.create_default_context(cafile=str(cert)))
    mixed.close()
    await mixed.drop_waiting()


async def until(check: Callable[[], bool], limit: int = 1000) -> None:
    for _ in range(limit):
        if check():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it did not come about")


async def test_both_are_served_on_one_port(place: Place) -> None:
    assert await place.ask(b"GET /") == b"plain GET /"
    assert await place.ask(b"GET /", place.trusting) == b"tls GET /"


async def test_who_says_nothing_holds_up_nobody(place: Place) -> None:
    _, silent = await asyncio.open_connection("127.0.0.1", place.port)
    await until(lambda: len(place.mixed.waiting) == 1)
    assert await place.ask(b"hello") == b"plain hello"
    silent.close()
    await until(lambda: not place.mixed.waiting)


async def test_who_goes_on_saying_nothing_is_put_out(tmp_path: Path) -> None:
    cert, key = make_certificate(tmp_path)
    listener = bind_tcp("127.0.0.1", 0)
    mixed = MixedListener(listener, Echo, load_tls(cert, key), first_byte_limit_s=0.02, handshake_limit_s=5.0)
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.getsockname()[1])
    assert await reader.read() == b""
    assert mixed.waiting == []
    writer.close()
    mixed.close()


async def test_a_broken_handshake_ends_that_connection_alone(place: Place) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(b"\x16" + b"no handshake at all" * 10)
    await reader.read()
    assert await reader.read() == b""
    writer.close()
    assert await place.ask(b"hello", place.trusting) == b"tls hello"


async def test_after_the_end_nobody_comes_in_and_who_is_in_goes_on(place: Place) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(b"one")
    assert await reader.read(100) == b"plain one"
    silent_reader, silent = await asyncio.open_connection("127.0.0.1", place.port)
    await until(lambda: len(place.mixed.waiting) == 1)
    place.mixed.close()
    await place.mixed.drop_waiting()
    assert place.mixed.sockets == []
    assert await silent_reader.read() == b""
    with pytest.raises(OSError):  # noqa: PT011  # refused or reset, as the system likes
        await asyncio.open_connection("127.0.0.1", place.port)
    writer.write(b"two")
    assert await reader.read(100) == b"plain two"
    writer.close()
    silent.close()
