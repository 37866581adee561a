"""One gateway connection: the machine's orders carried out on a WebSocket, dispatches gathered and flushed."""

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import CloseCode, CommandPayload, Identify, Resume, dispatch_prefix, ends_session
from tuichat.protocol.gateway_connection import Close, ConnectionQuery, SendBinary, SendText
from tuichat.protocol.gateway_server import (
    CommandReceived,
    HeartbeatReceived,
    IdentifyRequested,
    ResumeRequested,
    ServerAction,
    ServerConnection,
)
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.gateway.session import Session
from tuichat.server.websocket import WebSocket, binary_frame_header, text_frame_header

MAX_OUTBOX_BYTES = 2 * 1024 * 1024  # what may wait for a slow reader, beside what the transport holds already
COMPRESSED_ON_LOOP_BYTES = 32 * 1024  # zlib takes about a millisecond for so much
FLUSH_SLICE_S = 0.002  # how long connections are flushed in one turn of the loop
FLUSHED_UNTIMED = 16  # connections between two looks at the clock; compressed ones take 10 us each

logger = logging.getLogger(__name__)


class Desk(Protocol):
    """Who decides about what a client asks for. None of these may raise."""

    def identify(self, connection: "GatewayConnection", identify: Identify) -> None: ...
    def resume(self, connection: "GatewayConnection", resume: Resume) -> None: ...
    def command(self, session: Session, command: CommandPayload) -> None: ...
    def opened(self, connection: "GatewayConnection") -> None: ...
    def closed(self, connection: "GatewayConnection", ended: Session | None) -> None:
        """`ended` is the session that the client gave up with this connection."""


class Flusher:
    """Joins what each connection has to send, once per turn of the loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: deque[GatewayConnection] = deque()

    def add(self, connection: "GatewayConnection") -> None:
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(connection)

    def _flush(self) -> None:
        waiting = self._waiting
        end = time.perf_counter() + FLUSH_SLICE_S
        for count in range(1, len(waiting) + 1):  # those that come meanwhile have their turn later
            waiting.popleft().flush()
            if count % FLUSHED_UNTIMED == 0 and time.perf_counter() >= end:
                break
        if waiting:
            self._loop.call_soon(self._flush)


class GatewayConnection:
    """The server's end of one gateway connection, from the upgrade to the close."""

    __slots__ = (
        "_bulk",
        "_desk",
        "_flusher",
        "_is_binary",
        "_is_queued",
        "_machine",
        "_make_machine",
        "_now_ms",
        "_outbox",
        "_outbox_bytes",
        "_uncompressed",
        "_websocket",
        "address",
        "peer",
        "session",
        "url",
    )

    def __init__(
        self,
        desk: Desk,
        flusher: Flusher,
        now_ms: Callable[[], int],
        make_machine: Callable[[ConnectionQuery], ServerConnection] = ServerConnection,
        url: str = "ws://localhost",
        address: str | None = None,
    ) -> None:
        """`url` is where the client finds the gateway again, for its READY; `address` its own, None on a Unix socket."""
        self._desk = desk
        self._flusher = flusher
        self._now_ms = now_ms
        self._make_machine = make_machine
        self._machine: ServerConnection | None = None
        self._websocket: WebSocket | None = None
        self._outbox: list[bytes] = []
        self._uncompressed: list[bytes] = []  # payloads behind the outbox, prefix and tail of each by turns
        self._outbox_bytes = 0
        self._is_queued = False
        self._is_binary = False
        self._bulk: list[bytes] | None = None  # payloads that wait to be compressed outside of the loop
        self.session: Session | None = None
        self.url = url
        self.address = address
        self.peer: str | None = None  # what it counts for among those that have not identified (PeerLimits)

    def attach(self, websocket: WebSocket) -> None:
        self._websocket = websocket

    # What the WebSocket calls.

    def opened(self, query: str) -> None:
        try:
            parsed = ConnectionQuery.parse(query)
        except ProtocolError as error:
            self._close_socket(CloseCode.DECODE_ERROR, str(error)[:120])
            return
        self._machine = self._make_machine(parsed)
        self._is_binary = self._machine.is_binary
        self._desk.opened(self)
        self._carry_out(self._machine.open(self._now_ms()))

    def text_received(self, message: bytes) -> None:
        if self._machine is not None:
            self._carry_out(self._machine.receive_text(message, self._now_ms()))

    def binary_received(self, message: bytes) -> None:
        if self._machine is not None:
            self._carry_out(self._machine.receive_binary(message, self._now_ms()))

    def writable(self) -> None:
        self.flush()

    def closed(self, code: int | None) -> None:
        if self._machine is not None:
            self._machine.connection_lost()
        self._leave(session_ends=ends_session(code))

    # What the desk, the session and the hub call.

    @property
    def is_open(self) -> bool:
        return self._websocket is not None and not self._websocket.is_closing

    @property
    def version(self) -> int:
        """The gateway version that the client speaks, 9 or 10."""
        return 10 if self._machine is None else self._machine.version

    @property
    def is_slow(self) -> bool:
        """Whether the client leaves so much unread that what it can do without is not sent to it."""
        return self._websocket is not None and self._websocket.is_write_paused

    def accept(self, session: Session) -> None:
        """Take the client in, after IDENTIFY or RESUME; the session's dispatches come here from now on."""
        if self._machine is None:
            return
        self._machine.accept()
        self.session = session
        session.gateway_url = self.url
        session.attach(self)

    def reject(self, code: CloseCode, reason: str) -> None:
        if self._machine is not None:
            self._carry_out(self._machine.reject(code, reason))

    def invalidate_session(self) -> None:
        if self._machine is not None:
            self._carry_out(self._machine.invalidate_session(resumable=False))

    def ask_reconnect(self) -> None:
        """Ask the client to come back over a new connection: this server is about to stop."""
        if self._machine is not None and self._bulk is None:
            self._carry_out(self._machine.ask_reconnect())

    def end(self, code: int, reason: str) -> None:
        self._carry_out([Close(code, reason)])

    def replace(self) -> None:
        self.session = None
        self.end(CloseCode.UNKNOWN_ERROR, "the session was resumed over another connection")

    def tick(self, now_ms: int) -> None:
        """Act on the time: heartbeats that did not come."""
        if self._machine is not None and self._bulk is None:
            self._carry_out(self._machine.tick(now_ms))

    def send_dispatch(self, dispatch: PreparedDispatch, sequence: int) -> None:
        prefix = dispatch_prefix(sequence)
        if not self._is_binary:
            outbox = self._outbox
            outbox.append(dispatch.header(len(prefix)) + prefix)
            outbox.append(dispatch.tail)
        elif self._bulk is not None:
            self._bulk.append(prefix + dispatch.tail)
            return
        else:
            self._uncompressed += (prefix, dispatch.tail)
        if not self._is_queued:
            self._queue(len(dispatch.tail))

    def send_payload(self, payload: bytes) -> None:
        """Send one payload that is ready but for the connection's compression."""
        if self._bulk is not None:
            self._bulk.append(payload)
        elif self._machine is not None:
            self._send(self._machine.message(payload))

    @contextlib.contextmanager
    def bulk(self) -> Iterator[None]:
        """Gather what is sent inside: READY or a replay, which may take long to compress. Then await `bulk_sent`."""
        if self._is_binary and self._websocket is not None:
            self._bulk = []
            self._websocket.pause_reading()  # an answer would take the compressor's turn
        yield

    async def bulk_sent(self) -> None:
        """Compress what `bulk` gathered, outside of the loop where it is large, and send it before all that came since."""
        while self._bulk:
            payloads, self._bulk = self._bulk, []
            if sum(map(len, payloads)) > COMPRESSED_ON_LOOP_BYTES:
                messages = await asyncio.to_thread(self._compress, payloads)
            else:
                messages = self._compress(payloads)
            for message in messages:
                self._send(message)
        if self._bulk is not None:
            self._bulk = None
            if self._websocket is not None:
                self._websocket.resume_reading()

    def _compress(self, payloads: list[bytes]) -> list[SendText | SendBinary]:
        machine = self._machine
        return [] if machine is None else [machine.message(payload) for payload in payloads]

    def flush(self) -> None:
        """Hand what has gathered to the transport, unless the client is behind: then `writable` does."""
        self._is_queued = False
        websocket = self._websocket
        if websocket is None or not (self._outbox or self._uncompressed):
            return
        if websocket.is_write_paused:
            self._outbox_bytes = sum(map(len, self._outbox)) + sum(map(len, self._uncompressed))
            self._check_outbox()
            return
        if self._uncompressed:
            self._compress_waiting()
        frames = b"".join(self._outbox)
        self._outbox.clear()
        self._outbox_bytes = 0
        websocket.write(frames)
        if self._uncompressed:
            self._queue(0)

    # Inside.

    def _compress_waiting(self) -> None:
        """Compress what waits behind the outbox, up to COMPRESSED_ON_LOOP_BYTES of it.

        It is done when it is sent, and not before: for a slow client, who may never read it, it costs nothing.
        """
        waiting, machine = self._uncompressed, self._machine
        size_bytes = number = 0
        while machine is not None and number < len(waiting) and size_bytes < COMPRESSED_ON_LOOP_BYTES:
            payload = waiting[number] + waiting[number + 1]
            message = machine.compress(payload)
            self._outbox += (binary_frame_header(len(message)), message)
            size_bytes += len(payload)
            number += 2
        del waiting[:number]

    def _carry_out(self, orders: list[ServerAction]) -> None:
        for order in orders:
            if isinstance(order, SendText | SendBinary):
                self._send(order)
            elif isinstance(order, HeartbeatReceived):
                if self.session is not None and order.sequence is not None:
                    self.session.buffer.acknowledge(min(order.sequence, self.session.buffer.last_sequence))
            elif isinstance(order, IdentifyRequested):
                self._desk.identify(self, order.identify)
            elif isinstance(order, ResumeRequested):
                self._desk.resume(self, order.resume)
            elif isinstance(order, CommandReceived):
                if self.session is not None:
                    self._desk.command(self.session, order.command)
            elif isinstance(order, Close):
                self._close_socket(order.code, order.reason)

    def _send(self, order: SendText | SendBinary) -> None:
        payload = order.payload
        header = text_frame_header if isinstance(order, SendText) else binary_frame_header
        self._outbox += (header(len(payload)), payload)
        if not self._is_queued:
            self._queue(len(payload))

    def _queue(self, added_bytes: int) -> None:
        if self.is_slow:
            self._outbox_bytes += added_bytes
            self._check_outbox()
            return
        self._is_queued = True
        self._flusher.add(self)

    def _check_outbox(self) -> None:
        if self._outbox_bytes <= MAX_OUTBOX_BYTES or not self.is_open:
            return
        logger.info("closed a gateway connection: its client left %d bytes unread", self._outbox_bytes)
        self._outbox.clear()
        self._uncompressed.clear()
        self._outbox_bytes = 0
        websocket = self._websocket
        self._close_socket(CloseCode.UNKNOWN_ERROR, "too slow: reconnect and resume")
        if websocket is not None:
            websocket.abort()  # a close frame would wait behind all that is unread

    def _close_socket(self, code: int, reason: str) -> None:
        websocket = self._websocket
        if websocket is None or websocket.is_closing:
            return
        if self._uncompressed and self._bulk is None:
            self._compress_waiting()
            self._uncompressed.clear()  # who left more unread comes back for it
        if self._outbox:
            websocket.write(b"".join(self._outbox))
            self._outbox.clear()
        websocket.close(code, reason)
        self._leave(session_ends=False)

    def _leave(self, *, session_ends: bool) -> None:
        session, self.session = self.session, None
        self._websocket = None  # it refers back to this object
        if session is not None:
            session.detach(self, self._now_ms())
        self._desk.closed(self, session if session_ends else None)
