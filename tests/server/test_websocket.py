"""WebSocket frames over real sockets: what a client may send, and what it costs to send anything else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.raw_client import RawClient, masked_frame
from tuichat.server import websocket
from tuichat.server.websocket import WebSocket, frame_header

TEXT, BINARY, CLOSE, PING, PONG = 0x81, 0x82, 0x88, 0x89, 0x8A
HANDSHAKE_END = b"\r\n\r\n"


class FakeOwner:
    """Notes what the WebSocket tells."""

    def __init__(self) -> None:
        self.queries: list[str] = []
        self.messages: list[tuple[str, bytes]] = []
        self.closes: list[int | None] = []
        self.is_over = asyncio.Event()

    def opened(self, query: str) -> None:
        self.queries.append(query)

    def text_received(self, message: bytes) -> None:
        self.messages.append(("text", message))

    def binary_received(self, message: bytes) -> None:
        self.messages.append(("binary", message))

    def writable(self) -> None:
        pass

    def closed(self, code: int | None) -> None:
        self.closes.append(code)
        self.is_over.set()


class Site:
    """Makes a WebSocket of every TCP connection."""

    def __init__(self) -> None:
        self.owner = FakeOwner()
        self.socket: WebSocket | None = None


class _Upgrade(asyncio.Protocol):
    def __init__(self, site: Site) -> None:
        self._site = site

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._site.socket = WebSocket(transport, self._site.owner)
        transport.set_protocol(self._site.socket)


@contextlib.asynccontextmanager
async def open_client(*, is_upgraded: bool = True) -> AsyncIterator[tuple[Site, RawClient]]:
    site = Site()
    server = await asyncio.get_running_loop().create_server(lambda: _Upgrade(site), "127.0.0.1", 0)
    try:
        async with RawClient.connect("127.0.0.1", server.sockets[0].getsockname()[1]) as client:
            if is_upgraded:
                assert (await client.upgrade()).status == 101
            yield site, client
    finally:
        server.close()


async def test_the_handshake_declines_compression() -> None:
    async with open_client(is_upgraded=False) as (site, client):
        answer = await client.upgrade("/?v=10&x=1", "localhost", "Sec-WebSocket-Extensions: permessage-deflate")
        assert answer.status == 101
        assert answer.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert "sec-websocket-extensions" not in answer.headers
        assert site.owner.queries == ["v=10&x=1"]


async def test_a_wrong_handshake_is_refused() -> None:
    async with open_client(is_upgraded=False) as (site, client):
        await client.send(b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade" + HANDSHAKE_END)
        assert (await client.answer()).status == 400
        assert await client.is_closed()
        assert not site.owner.queries
        assert not site.owner.closes


async def test_messages_come_whole_and_in_order() -> None:
    async with open_client() as (site, client):
        await client.send(masked_frame(TEXT, b"one") + masked_frame(BINARY, b"two"))
        await client.send(masked_frame(0x01, b"thr") + masked_frame(PING, b"!") + masked_frame(0x80, b"ee"))
        assert await client.frame() == (PONG, b"!")
        assert site.owner.messages == [("text", b"one"), ("binary", b"two"), ("text", b"three")]


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (masked_frame(TEXT, b"x" * (websocket.MAX_MESSAGE_BYTES + 1)), 4002),
        (masked_frame(0x01, b"x" * 9000) + masked_frame(0x80, b"x" * 9000), 4002),
        (masked_frame(0x01, b"") + masked_frame(0x00, b"") * 100, 1008),
        (masked_frame(PING, b"") * 200, 1008),
        (b"\x81\x03abc", 1002),
        (masked_frame(0xF1, b"reserved bits"), 1002),
        (masked_frame(0x83, b"no such opcode"), 1002),
        (masked_frame(0x09, b"a fragmented ping"), 1002),
        (masked_frame(0x80, b"nothing to continue"), 1002),
        (masked_frame(CLOSE, b"\x03"), 1002),
        (masked_frame(CLOSE, b"\x03\xe8\xff\xfe"), 1007),
    ],
)
async def test_what_breaks_the_protocol_is_closed(frames: bytes, code: int) -> None:
    async with open_client() as (site, client):
        with contextlib.suppress(ConnectionError):
            await client.send(frames)
        while True:
            first, payload = await client.frame()
            if first != PONG:
                break
        assert (first, int.from_bytes(payload[:2])) == (CLOSE, code)
        await client.send(masked_frame(CLOSE, payload[:2]))
        assert await client.is_closed()
        assert len(site.owner.closes) == 1


@pytest.mark.parametrize("code", [1000, 1001, 4000, 4321])
async def test_a_clients_close_code_reaches_the_owner(code: int) -> None:
    async with open_client() as (site, client):
        await client.send(masked_frame(CLOSE, code.to_bytes(2)))
        assert await client.frame() == (CLOSE, code.to_bytes(2))
        assert await client.is_closed()
        assert site.owner.closes == [code]


async def test_a_broken_connection_has_no_close_code() -> None:
    async with open_client() as (site, client):
        client.writer.transport.abort()
        await asyncio.wait_for(site.owner.is_over.wait(), 5)
        assert site.owner.closes == [None]


async def test_closing_first_tells_the_owner_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "CLOSE_LIMIT_S", 0.05)
    async with open_client() as (site, client):
        assert site.socket is not None
        site.socket.write(frame_header(TEXT, 2) + b"hi")
        site.socket.close(4004, "no")
        site.socket.write(frame_header(TEXT, 4) + b"late")
        assert await client.frame() == (TEXT, b"hi")
        assert await client.frame() == (CLOSE, (4004).to_bytes(2) + b"no")
        assert await client.is_closed()  # though we never answered the close frame
        assert site.owner.closes == []


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65535, 65536, 70000])
async def test_frames_of_every_size_are_read_back(size: int) -> None:
    async with open_client() as (site, client):
        assert site.socket is not None
        site.socket.write(frame_header(TEXT, size) + b"a" * size)
        assert await client.frame() == (TEXT, b"a" * size)


class FakeTransport(asyncio.Transport):
    """Keeps what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_over = False

    def write(self, data: object) -> None:
        assert isinstance(data, bytes)
        self.written += data

    def close(self) -> None:
        self.is_over = True

    def abort(self) -> None:
        self.is_over = True

    def is_closing(self) -> bool:
        return self.is_over


HANDSHAKE = (
    b"GET /?v=10 HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
FRAMES = st.builds(masked_frame, st.integers(0, 255), st.binary(max_size=200)) | st.binary(max_size=40)


@settings(deadline=None)
@given(st.booleans(), st.lists(FRAMES, max_size=20))
def test_any_bytes_end_at_worst_in_a_close(has_handshake: bool, chunks: list[bytes]) -> None:
    async def feed() -> None:
        transport, owner = FakeTransport(), FakeOwner()
        socket = WebSocket(transport, owner)
        for chunk in [HANDSHAKE if has_handshake else b"", *chunks]:
            if chunk and not transport.is_over:
                socket.data_received(chunk)
        socket.connection_lost(None)
        assert len(owner.closes) == len(owner.queries)
        assert len(socket._message) <= websocket.MAX_MESSAGE_BYTES

    asyncio.run(feed())
