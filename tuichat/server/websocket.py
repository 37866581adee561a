"""One WebSocket of the server: handshake and frames by websockets' sans-I/O protocol, messages out as ready frames."""

import asyncio
import contextlib
import logging
import socket
from typing import Protocol

from websockets.frames import CloseCode as WebSocketCloseCode
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from tuichat.protocol.gateway import MAX_CLIENT_PAYLOAD_BYTES, CloseCode

MAX_MESSAGE_BYTES = 16 * 1024  # over the gateway's own limit, whose answer has the size in it
MAX_FRAGMENTS = 64  # of one message
MAX_CONTROL_FRAMES = 120  # in a window; as many as the gateway allows of its own payloads
CONTROL_WINDOW_S = 60.0
CLOSE_LIMIT_S = 5.0  # how long the other side may take to answer our close frame
WRITE_LIMIT_S = 60.0  # how long it may leave everything unread

UNSENT_BYTES = 16 * 1024  # what the system keeps beside what is under way, for somebody who cannot wait

_TEXT = 0x81  # RFC 6455, 5.2: FIN and the opcode
_BINARY = 0x82

logger = logging.getLogger(__name__)
_frames_logger = logging.getLogger("websockets.server")


class Messages(Protocol):
    """Who owns a WebSocket: told what comes in, in order, and once that it is gone."""

    def opened(self, query: str) -> None: ...
    def text_received(self, message: bytes) -> None: ...
    def binary_received(self, message: bytes) -> None: ...
    def writable(self) -> None:
        """What was unread has been read: more may be written."""

    def closed(self, code: int | None) -> None:
        """The connection is over; `code` is what the client closed with, None where it broke or we closed first."""


def frame_header(opcode: int, size_bytes: int) -> bytes:
    """Return the header of an unmasked frame that ends its message (RFC 6455, 5.2)."""
    if size_bytes < 126:
        return bytes((opcode, size_bytes))
    if size_bytes < 1 << 16:
        return bytes((opcode, 126)) + size_bytes.to_bytes(2)
    return bytes((opcode, 127)) + size_bytes.to_bytes(8)


def text_frame_header(size_bytes: int) -> bytes:
    return frame_header(_TEXT, size_bytes)


def binary_frame_header(size_bytes: int) -> bytes:
    return frame_header(_BINARY, size_bytes)


class _Wire(ServerProtocol):
    """websockets' protocol, but a message that is too large to be read gets the gateway's code instead of 1009."""

    def fail(self, code: int, reason: str = "") -> None:
        if code == WebSocketCloseCode.MESSAGE_TOO_BIG:
            code = CloseCode.DECODE_ERROR
            reason = f"a payload is over {MAX_MESSAGE_BYTES} bytes, the limit is {MAX_CLIENT_PAYLOAD_BYTES}"
        super().fail(code, reason)


class WebSocket(asyncio.Protocol):
    """Reads what a client sends, bounded; writes frames that its owner has made."""

    __slots__ = (
        "_control_frames",
        "_control_window_start_s",
        "_fragments",
        "_gone",
        "_is_opened",
        "_is_text",
        "_loop",
        "_message",
        "_owner",
        "_timer",
        "_transport",
        "_wire",
        "is_write_paused",
    )

    def __init__(self, transport: asyncio.Transport, owner: Messages) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._owner = owner
        # No extensions: permessage-deflate is declined, the gateway has its own transport compression.
        self._wire = _Wire(max_size=MAX_MESSAGE_BYTES, logger=_frames_logger)
        self._message = bytearray()
        self._fragments = 0
        self._is_text = True
        self._is_opened = False
        self._gone = False
        self._control_frames = 0
        self._control_window_start_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.is_write_paused = False

    # What the transport calls.

    def data_received(self, data: bytes) -> None:
        self._wire.receive_data(data)
        for event in self._wire.events_received():
            if self._gone:
                break
            if isinstance(event, Request):
                self._accept(event)
            elif isinstance(event, Frame):
                self._receive(event)
        self._write_pending()
        if self._wire.parser_exc is not None or self._wire.close_rcvd is not None:
            self._end(self._wire.close_rcvd.code if self._wire.close_rcvd is not None else None)
            self._finish()

    def eof_received(self) -> bool | None:
        self._end(None)
        return None  # the transport closes itself

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timer()
        self._end(None)
        self._wire.parser.close()  # a generator that refers back to its object

    def pause_writing(self) -> None:
        self.is_write_paused = True
        if self._timer is None:
            self._timer = self._loop.call_later(WRITE_LIMIT_S, self.abort)

    def resume_writing(self) -> None:
        self.is_write_paused = False
        if not self.is_closing:
            self._cancel_timer()
            self._owner.writable()

    # What the owner calls.

    @property
    def is_closing(self) -> bool:
        return self._gone or self._wire.state is not State.OPEN

    @property
    def waiting_bytes(self) -> int:
        """How much was written that the system has not taken yet."""
        return self._transport.get_write_buffer_size()

    def keep_little_unsent(self) -> None:
        """Have the system take no more than it can send soon, so that `waiting_bytes` tells early of a client that is behind.

        Its own buffers grow to megabytes: minutes of sound.
        """
        connection = self._transport.get_extra_info("socket")
        option = getattr(socket, "TCP_NOTSENT_LOWAT", None)  # not everywhere
        if connection is not None and option is not None:
            with contextlib.suppress(OSError):  # a Unix socket has no such option
                connection.setsockopt(socket.IPPROTO_TCP, option, UNSENT_BYTES)

    def write(self, frames: bytes) -> None:
        """Send whole frames. They are dropped where the connection is closing."""
        if not self.is_closing:
            self._transport.write(frames)

    def pause_reading(self) -> None:
        if not self.is_closing:
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.is_closing:
            self._transport.resume_reading()

    def close(self, code: int, reason: str = "") -> None:
        """Say goodbye; the owner hears of nothing any more."""
        if self.is_closing:
            return
        self._wire.send_close(code, reason)
        self._gone = True
        self._write_pending()
        self._limit_close()

    def abort(self) -> None:
        """Cut the connection; the owner hears of it, unless it closed first."""
        self._transport.abort()

    def shutdown(self) -> None:
        """End it as a part of the server's end (uvicorn's name)."""
        self.close(1012, "the server is restarting")

    # Inside.

    def _accept(self, request: Request) -> None:
        response = self._wire.accept(request)
        self._wire.send_response(response)
        if response.status_code != 101:
            self._gone = True
            self._write_pending()
            self._finish()
            return
        self._write_pending()
        self._is_opened = True
        self._owner.opened(request.path.partition("?")[2])

    def _receive(self, frame: Frame) -> None:
        if frame.opcode is Opcode.TEXT or frame.opcode is Opcode.BINARY:
            self._is_text = frame.opcode is Opcode.TEXT
            if frame.fin:
                self._deliver(bytes(frame.data))
                return
            self._message = bytearray(frame.data)
            self._fragments = 1
        elif frame.opcode is Opcode.CONT:
            self._message += frame.data
            self._fragments += 1
            if frame.fin:
                message, self._message = bytes(self._message), bytearray()
                self._deliver(message)
            elif self._fragments >= MAX_FRAGMENTS:
                self._fail(1008, f"a message in more than {MAX_FRAGMENTS} fragments")
        elif frame.opcode in (Opcode.PING, Opcode.PONG):
            self._count_control_frame()

    def _deliver(self, message: bytes) -> None:
        if self._is_text:
            self._owner.text_received(message)
        else:
            self._owner.binary_received(message)

    def _count_control_frame(self) -> None:
        now_s = self._loop.time()
        if now_s - self._control_window_start_s >= CONTROL_WINDOW_S:
            self._control_window_start_s, self._control_frames = now_s, 0
        self._control_frames += 1
        if self._control_frames > MAX_CONTROL_FRAMES:
            self._fail(1008, f"more than {MAX_CONTROL_FRAMES} pings in {CONTROL_WINDOW_S:.0f} s")

    def _fail(self, code: int, reason: str) -> None:
        """Close because of what the client did; unlike `close`, the owner hears of it."""
        if self.is_closing:
            return
        self._wire.send_close(code, reason)
        self._write_pending()
        self._end(None)
        self._limit_close()

    def _write_pending(self) -> None:
        """Write what the protocol itself has to say: the handshake, pongs, close frames."""
        pending = b"".join(self._wire.data_to_send())
        if pending and not self._transport.is_closing():
            self._transport.write(pending)

    def _end(self, code: int | None) -> None:
        if self._gone:
            return
        self._gone = True
        if self._is_opened:
            self._owner.closed(code)

    def _finish(self) -> None:
        """Close the TCP connection once what was written is out."""
        self._transport.close()
        self._limit_close()

    def _limit_close(self) -> None:
        self._cancel_timer()
        self._timer = self._loop.call_later(CLOSE_LIMIT_S, self.abort)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
