"""One connection's outbox: what is sent when, in which order, and how much of it in one turn of the loop."""

import asyncio
import zlib
from collections.abc import Callable

import msgspec
import pytest

from tuichat.protocol.gateway import CommandPayload, Identify, Resume
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Actor
from tuichat.server.gateway import connection as connection_module
from tuichat.server.gateway.connection import Flusher, GatewayConnection
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.gateway.session import Session

HEARTBEAT = b'{"op":1,"d":null}'


class FakeDesk:
    def __init__(self) -> None:
        self.closed_count = 0

    def identify(self, connection: GatewayConnection, identify: Identify) -> None: ...
    def resume(self, connection: GatewayConnection, resume: Resume) -> None: ...
    def command(self, session: Session, command: CommandPayload) -> None: ...
    def opened(self, connection: GatewayConnection) -> None: ...
    def closed(self, connection: GatewayConnection, ended: Session | None) -> None:
        self.closed_count += 1


class FakeWebSocket:
    """Keeps what is written, a list of frames' payloads for each write."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.is_write_paused = False
        self.is_closing = False

    def write(self, frames: bytes) -> None:
        self.writes.append(frames)

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def close(self, code: int, reason: str = "") -> None:
        self.is_closing = True

    def abort(self) -> None: ...


def payloads(frames: bytes) -> list[bytes]:
    """Take unmasked frames of under 64 KiB apart."""
    found = []
    while frames:
        size = frames[1]
        start = 2
        if size == 126:
            size, start = int.from_bytes(frames[2:4]), 4
        found.append(frames[start : start + size])
        frames = frames[start + size :]
    return found


class Client:
    """A connection whose session has begun, and what its client has read."""

    def __init__(self, flusher: Flusher, query: str = "v=10&encoding=json") -> None:
        self.socket = FakeWebSocket()
        self.connection = GatewayConnection(FakeDesk(), flusher, lambda: 0)
        self.connection.attach(self.socket)  # type: ignore[arg-type]  # as far as a connection uses it
        self.connection.opened(query)
        self.connection.text_received(b'{"op":2,"d":{"token":"x"}}')
        self.session = Session(actor=Actor(Snowflake(1)))
        self.connection.accept(self.session)
        self.session.begin([], 0)
        self._inflate = zlib.decompressobj() if "zlib" in query else None

    def deliver(self, number: int, size: int = 0) -> None:
        body = b'{"n":%d,"x":"%b"}' % (number, b"x" * size)
        self.session.deliver(PreparedDispatch("MESSAGE_CREATE", body), 0)

    def seen(self) -> list[str]:
        """What came, in order: numbers of dispatches, opcodes of the rest."""
        words = []
        for frames in self.socket.writes:
            for payload in payloads(frames):
                plain = payload if self._inflate is None else self._inflate.decompress(payload)
                decoded = msgspec.json.decode(plain)
                words.append(str(decoded["d"]["n"]) if decoded["op"] == 0 else f"op {decoded['op']}")
        return words


@pytest.fixture(params=["v=10&encoding=json", "v=10&encoding=json&compress=zlib-stream"])
def connect(request: pytest.FixtureRequest) -> Callable[[], Client]:
    flusher = Flusher(asyncio.new_event_loop())
    return lambda: Client(flusher, request.param)


def test_dispatches_come_in_order_whatever_comes_between(connect: Callable[[], Client]) -> None:
    client = connect()
    client.deliver(1)
    client.connection.text_received(HEARTBEAT)
    client.deliver(2)
    client.connection.flush()
    client.deliver(3)
    client.connection.flush()
    seen = client.seen()
    assert [word for word in seen if word.isdigit()] == ["1", "2", "3"]
    assert seen.count("op 11") == 1


def test_a_slow_client_gets_all_once_it_reads(connect: Callable[[], Client]) -> None:
    client = connect()
    client.connection.flush()
    client.socket.is_write_paused = True
    for number in range(200):
        client.deliver(number, 1000)
        client.connection.flush()
    assert len(client.socket.writes) == 1
    client.socket.is_write_paused = False
    while client.connection._outbox or client.connection._uncompressed:
        client.connection.writable()
    assert client.seen() == ["op 10", *map(str, range(200))]


def test_compressing_for_one_client_is_cut_into_slices() -> None:
    client = Client(Flusher(asyncio.new_event_loop()), "v=10&encoding=json&compress=zlib-stream")
    client.socket.is_write_paused = True
    for number in range(100):
        client.deliver(number, 10_000)
    client.socket.is_write_paused = False
    client.connection.flush()
    assert 0 < len(client.connection._uncompressed) < 200


def test_a_client_that_never_reads_costs_bounded_memory(connect: Callable[[], Client]) -> None:
    client = connect()
    client.connection.flush()
    client.socket.is_write_paused = True
    number = 0
    while client.connection.session is not None:
        client.deliver(number, 10_000)
        number += 1
        assert number < 1000
    assert number * 11_000 > connection_module.MAX_OUTBOX_BYTES
    assert (client.connection._outbox, client.connection._uncompressed) == ([], [])
    assert client.socket.is_closing


def test_a_close_comes_behind_what_was_said(connect: Callable[[], Client]) -> None:
    client = connect()
    client.deliver(1)
    client.connection.end(4000, "enough")
    client.connection.flush()
    assert client.seen() == ["op 10", "1"]


def test_a_turn_of_the_loop_flushes_no_longer_than_its_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "FLUSH_SLICE_S", 0)
    loop = asyncio.new_event_loop()
    flusher = Flusher(loop)
    clients = [Client(flusher) for _ in range(50)]
    flusher._flush()
    done = sum(bool(client.socket.writes) for client in clients)
    assert done == connection_module.FLUSHED_UNTIMED
    for _ in range(5):
        flusher._flush()
    assert all(client.seen() == ["op 10"] for client in clients)
