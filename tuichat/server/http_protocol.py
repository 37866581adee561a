"""One HTTP connection of the server: uvicorn's parser with limits on time and size, and the way to the gateway."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from tuichat.local.unix_socket import peer_uid

MAX_HEAD_BYTES = 32 * 1024  # taste: request line and headers; browsers and proxies stay under 16 KiB
MAX_HEADERS = 100
HEAD_LIMIT_S = 15.0  # from the connection, or the first byte of a request, to the end of its headers
BODY_LIMIT_S = 60.0  # for each BODY_STEP_BYTES of it: 17 KiB/s
BODY_STEP_BYTES = 1024 * 1024
WRITE_LIMIT_S = 60.0  # how long a client may leave an answer unread
JOINED_BYTES = 64 * 1024  # of a body; copying more costs more than a system call
KEEP_ALIVE_S = 75  # longer than clients keep idle connections (aiohttp 15 s), so that no request meets a closing socket
MAX_CONNECTIONS = 20_000

logger = logging.getLogger(__name__)
_parser_logger = logging.getLogger(f"{__name__}.parser")
_parser_logger.setLevel(logging.ERROR)  # uvicorn warns of every malformed request, and strangers send many

OpenGateway = Callable[["HttpProtocol", bytes], None]


class _AnswerTransport:
    """What one answer is written to: its head goes out with the first of its body, in one system call instead of two."""

    __slots__ = ("_head", "_is_begun", "_transport")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self._is_begun = False

    def write(self, data: bytes) -> None:
        if self._is_begun:
            self._flush(data)
        elif data.startswith(b"HTTP/1.1 100"):  # Continue: the client waits for it before it sends its body
            self._transport.write(data)
        else:
            self._is_begun, self._head = True, data

    def close(self) -> None:
        self._flush(b"")
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def _flush(self, data: bytes) -> None:
        head, self._head = self._head, b""
        if head and len(data) > JOINED_BYTES:
            self._transport.write(head)
            self._transport.write(data)
        elif head or data:
            self._transport.write(head + data)


class HttpProtocol(HttpToolsProtocol):
    """Adds to uvicorn: who is at the other end of a Unix socket, bounds against slow and endless requests.

    Routes find `peer_uid` (int) in the scope's `state` where the request came over a Unix socket.
    """

    def __init__(self, config: Config, server_state: ServerState, open_gateway: OpenGateway) -> None:
        super().__init__(config, server_state, {}, asyncio.get_running_loop())
        self.logger = _parser_logger
        self._open_gateway = open_gateway
        self._head_bytes = 0
        self._is_head_too_large = False
        self._body_bytes = 0
        self._time_limit: asyncio.TimerHandle | None = None
        self._write_limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        connection: socket.socket | None = transport.get_extra_info("socket")
        if connection is not None and connection.family == socket.AF_UNIX:
            uid = peer_uid(connection)
            if uid != os.getuid():
                logger.warning("refused a connection of user %d to the Unix socket of user %d", uid, os.getuid())
                transport.abort()
                return
            self.app_state["peer_uid"] = uid
        if len(self.connections) > MAX_CONNECTIONS:
            logger.warning("refused a connection: %d are open, the limit", MAX_CONNECTIONS)
            transport.abort()
            return
        self._limit_time(HEAD_LIMIT_S)

    @property
    def is_idle(self) -> bool:
        """Whether it is open, and no request is being answered."""
        is_answering = self.cycle is not None and not self.cycle.response_complete
        return not is_answering and not self.transport.is_closing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._limit_time(None)
        self._limit_write_time(None)
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_bytes = 0
        self._limit_time(HEAD_LIMIT_S)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._count_head(len(name) + len(value))

    def on_headers_complete(self) -> None:
        self._body_bytes = 0
        self._limit_time(BODY_LIMIT_S)
        before = self.cycle
        super().on_headers_complete()
        # The answer to a HEAD has no body to wait for.
        if self.cycle is not before and self.scope["method"] != "HEAD":
            self.cycle.transport = _AnswerTransport(self.transport)  # type: ignore[assignment]  # as far as it is used

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._body_bytes += len(body)
        if self._body_bytes >= BODY_STEP_BYTES:
            self._body_bytes = 0
            self._limit_time(BODY_LIMIT_S)

    def on_message_complete(self) -> None:
        self._limit_time(None)
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._limit_time(None)
        lines = [self.scope["method"].encode(), b" ", self.url, b" HTTP/1.1\r\n"]
        for name, value in self.headers:
            lines += (name, b": ", value, b"\r\n")
        lines.append(b"\r\n")
        self.connections.discard(self)
        self._open_gateway(self, b"".join(lines))
        # It refers back to this object, and both would stay until the garbage collector comes.
        self.parser = None  # type: ignore[assignment]  # as uvicorn does when a connection is lost

    def _should_upgrade_to_ws(self) -> bool:
        return True

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, in the errors' JSON, and close."""
        if self.transport.is_closing():
            return
        status = "431 Request Header Fields Too Large" if self._is_head_too_large else "400 Bad Request"
        body = f'{{"message": "{status[:3]}: {status[4:]}", "code": 0}}'
        head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
        self.transport.write(f"{head}connection: close\r\n\r\n{body}".encode())
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._limit_write_time(WRITE_LIMIT_S)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._limit_write_time(None)

    def _count_head(self, size_bytes: int) -> None:
        self._head_bytes += size_bytes
        if self._head_bytes > MAX_HEAD_BYTES or len(self.headers) > MAX_HEADERS:
            self._is_head_too_large = True
            raise ValueError("the request's head is too large")  # httptools turns it into its parser error

    def _limit_time(self, seconds: float | None) -> None:
        if self._time_limit is not None:
            self._time_limit.cancel()
        self._time_limit = None if seconds is None else self.loop.call_later(seconds, self._abort)

    def _limit_write_time(self, seconds: float | None) -> None:
        if self._write_limit is not None:
            self._write_limit.cancel()
        self._write_limit = None if seconds is None else self.loop.call_later(seconds, self._abort)

    def _abort(self) -> None:
        if self.transport is not None:
            self.transport.abort()
