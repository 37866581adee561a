"""The sockets that a server listens on, and the wall that every request passes first."""

import asyncio
import select
import socket
import ssl
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from pathlib import Path
from typing import Any, Protocol

from uvicorn.config import Config
from uvicorn.server import ServerState

from tuichat.errors import TuichatError
from tuichat.protocol import codec
from tuichat.protocol.rest.error import ErrorBody
from tuichat.protocol.voice_gateway import SUPPORTED_VERSIONS
from tuichat.server.http_protocol import KEEP_ALIVE_S, HttpProtocol
from tuichat.server.mixed_listener import MixedListener
from tuichat.server.request_guard import Refusal, RequestGuard, TrustedProxies
from tuichat.server.voice.connection import version_of

BACKLOG = 1024
ACCEPT_LIMIT_S = 0.5  # how long connections that wait to be accepted are, once the server stops
QUIET_TURNS = 4  # of the loop: what one has accepted or read comes to us in a later one
TLS_HANDSHAKE_LIMIT_S = 10.0
GATEWAY_PATHS = frozenset({"/", "", "/gateway"})

Scope = dict[str, Any]  # ASGI's own word
Receive = Callable[[], Awaitable[Scope]]
Send = Callable[[Scope], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]


class ListenError(TuichatError):
    """A listener could not be made; the text says why and what to do."""


class OpensGateways(Protocol):
    def open(self, transport: asyncio.Transport, handshake: bytes, *, url: str, address: str | None) -> object: ...


class OpensVoice(Protocol):
    def open(
        self, transport: asyncio.Transport, handshake: bytes, *, address: str | None, local_host: str | None
    ) -> object: ...


def bind_tcp(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host`, listening once a server starts on it. Raises ListenError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError as error:
        raise ListenError(f"Cannot listen on {host}: {error.strerror or error}. Check --host.") from error
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it. asyncio sets it where a socket names its protocol, which one of socket() does not: an answer
        # of two writes would wait 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ListenError(
            f"Cannot listen on {host} port {port}: {error.strerror or error}. "
            "Stop what listens there, or choose another with --port (0 picks a free one)."
        ) from error
    return listener


def reachable_address(listener: socket.socket) -> str:
    """Return HOST:PORT of a listener for URLs: of one on all addresses, the address that this machine has to others."""
    host, port = listener.getsockname()[:2]
    host = reachable_host(host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def reachable_host(host: str) -> str:
    """Return the IPv4 address that this machine has to others where `host` is all addresses, else `host`."""
    if host not in ("0.0.0.0", "::"):  # noqa: S104  # compared, not bound
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # RFC 5737: nobody's; nothing is sent, the system picks the way
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def load_tls(cert: Path, key: Path | None) -> ssl.SSLContext:
    """Return the server's TLS context. Raises ListenError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        raise ListenError(
            f"Cannot use the certificate {cert} with the key {key or cert}: {error}. Check --tls-cert and --tls-key."
        ) from error
    return context


class Listeners:
    """HTTP and WebSocket on any number of sockets, behind one guard."""

    def __init__(
        self,
        app: AsgiApp,
        gateway: OpensGateways,
        voice: OpensVoice,
        *,
        guard: RequestGuard,
        proxies: TrustedProxies,
        public_url: str | None = None,
    ) -> None:
        self._app = app
        self._gateway = gateway
        self._voice = voice
        self._guard = guard
        self._proxies = proxies
        self._public_url = public_url
        self._loop = asyncio.get_running_loop()
        self._servers: list[asyncio.Server | MixedListener] = []
        self._state = ServerState()
        self._config = Config(
            self._handle,
            http=HttpProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            interface="asgi3",
            timeout_keep_alive=KEEP_ALIVE_S,
        )
        self._config.load()
        self._date_timer: asyncio.TimerHandle | None = None
        self.requests_in_flight = 0
        self.last_request_s = self._loop.time()

    async def start(
        self, listener: socket.socket, tls: ssl.SSLContext | None = None, *, is_plain_too: bool = False
    ) -> None:
        """Accept connections from a bound socket, TCP or Unix; `is_plain_too`: with TLS, and without it."""
        if self._date_timer is None:
            self._update_date()

        def make_protocol() -> HttpProtocol:
            return HttpProtocol(self._config, self._state, self._open_gateway)

        if tls is not None and is_plain_too:
            mixed = MixedListener(
                listener,
                make_protocol,
                tls,
                first_byte_limit_s=KEEP_ALIVE_S,
                handshake_limit_s=TLS_HANDSHAKE_LIMIT_S,
            )
            self._servers.append(mixed)
            return
        server = await self._loop.create_server(
            make_protocol,
            sock=listener,
            ssl=tls,
            backlog=BACKLOG,
            ssl_handshake_timeout=None if tls is None else TLS_HANDSHAKE_LIMIT_S,
        )
        self._servers.append(server)

    async def stop_accepting(self) -> None:
        """Close the listeners, once the connections that the system has taken for us, and what they sent, are read.

        Closing a listener resets what waits in it, request and all. Who connects meanwhile is served too, at most for
        ACCEPT_LIMIT_S.
        """
        listening = [sock.fileno() for server in self._servers for sock in server.sockets]
        await self._until_read(lambda: listening)
        for server in self._servers:
            server.close()
        await self._until_read(self._idle_connections)

    async def _until_read(self, descriptors: Callable[[], list[int]]) -> None:
        """Let the loop run until nothing more is there to be read from these, at most ACCEPT_LIMIT_S."""
        end_s = self._loop.time() + ACCEPT_LIMIT_S
        quiet_turns = 0
        while quiet_turns < QUIET_TURNS and self._loop.time() < end_s:
            await asyncio.sleep(0)
            quiet_turns = 0 if _are_readable(descriptors()) else quiet_turns + 1

    def _idle_connections(self) -> list[int]:
        """The sockets of the connections on which no request has begun, as far as we have read."""
        sockets = (
            connection.transport.get_extra_info("socket")
            for connection in self._state.connections
            if isinstance(connection, HttpProtocol) and connection.is_idle
        )
        silent = [descriptor for server in self._mixed() for descriptor in server.waiting]
        return silent + [sock.fileno() for sock in sockets if sock is not None]

    def _mixed(self) -> list[MixedListener]:
        return [server for server in self._servers if isinstance(server, MixedListener)]

    async def drain(self, limit_s: float) -> None:
        """Let requests in flight finish, at most `limit_s`, then close all HTTP connections."""
        await self.stop_accepting()
        for mixed in self._mixed():
            await mixed.drop_waiting()
        for connection in list(self._state.connections):
            connection.shutdown()
        if self._state.tasks:
            _, unfinished = await asyncio.wait(self._state.tasks, timeout=limit_s)
            for task in unfinished:
                task.cancel()
        for connection in list(self._state.connections):
            connection.transport.close()
        if self._date_timer is not None:
            self._date_timer.cancel()

    def _update_date(self) -> None:
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        self._date_timer = self._loop.call_later(1.0, self._update_date)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application that uvicorn calls: the guard, then the routes."""
        if scope["type"] != "http":
            return
        self.requests_in_flight += 1
        try:
            client, server = scope["client"], scope["server"]
            scope["scheme"] = self._proxies.scheme(scope["headers"], client[0] if client else "", scope["scheme"])
            refusal = self._proxies.refuse(client[0] if client else None) or self._guard.refuse(
                scope["headers"],
                scheme=scope["scheme"],
                local_address=server[0] if server and server[1] is not None else None,
            )
            if refusal is not None:
                await _answer(send, refusal)
                return
            await self._app(scope, receive, send)
        finally:
            self.requests_in_flight -= 1
            self.last_request_s = self._loop.time()

    def _open_gateway(self, http: HttpProtocol, handshake: bytes) -> None:
        scheme = self._proxies.scheme(http.headers, http.client[0] if http.client else "", http.scheme or "http")
        is_tcp = http.server is not None and http.server[1] is not None
        local_address = http.server[0] if http.server is not None and is_tcp else None
        refusal = self._proxies.refuse(http.client[0] if http.client else None)
        refusal = refusal or self._guard.refuse(http.headers, scheme=scheme, local_address=local_address)
        path, _, query = http.url.decode("latin-1").partition("?")
        if refusal is None and path not in GATEWAY_PATHS:
            refusal = Refusal(404, "404: Not Found")
        if refusal is not None:
            http.transport.write(_raw_answer(refusal))
            http.transport.close()
            return
        host = next(value.decode("latin-1") for name, value in http.headers if name == b"host")
        base = self._public_url or f"{scheme}://{host}"
        address = self._proxies.client_address(http.headers, http.client[0]) if is_tcp and http.client else None
        if version_of(query) in SUPPORTED_VERSIONS:  # libraries know one endpoint's host and port, and no path
            local_host = None if self._proxies.is_proxy(http.client) else local_address
            self._voice.open(http.transport, handshake, address=address, local_host=local_host)
            return
        self._gateway.open(http.transport, handshake, url="ws" + base.removeprefix("http"), address=address)


def _are_readable(descriptors: list[int]) -> bool:
    poll = select.poll()
    for descriptor in descriptors:
        if descriptor >= 0:
            poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


async def _answer(send: Send, refusal: Refusal) -> None:
    body = codec.encode(ErrorBody(message=refusal.message))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _raw_answer(refusal: Refusal) -> bytes:
    body = codec.encode(ErrorBody(message=refusal.message))
    head = (
        f"HTTP/1.1 {refusal.status} Refused\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body
