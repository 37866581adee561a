"""A TLS connection to a server through a proxy: the proxy sees where it leads, and nothing of what goes over it."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import TypeVar

from tuichat.translation import _
from tuichat.tunnel.dialogue import Dialogue, dialogue_with
from tuichat.tunnel.errors import LineError, ProxyError, TunnelError
from tuichat.tunnel.failure_words import problem_in_words, reason_in_words
from tuichat.tunnel.proxy import Proxy, ProxyScheme

P = TypeVar("P", bound=asyncio.Protocol)
OPEN_LIMIT_S = 10.0


async def open_tls(
    proxy: Proxy, host: str, port: int, context: ssl.SSLContext, make_protocol: Callable[[], P]
) -> tuple[asyncio.Transport, P]:
    """Connect to a server through a proxy, as `loop.create_connection` does without one; the server's name is checked as ever.

    Raises ProxyError or LineError for what goes wrong up to the server, and ssl.SSLError or OSError from there on.
    """
    host = host.strip("[]")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(OPEN_LIMIT_S):
            line = await _open_line(proxy, host, port)
    except TimeoutError as error:
        raise LineError(
            _("The proxy {proxy} ({variable}) opened no line within {open_limit_s:.0f} s.").format(
                proxy=proxy, variable=proxy.variable, open_limit_s=OPEN_LIMIT_S
            )
        ) from error
    protocol = make_protocol()
    try:
        transport = await loop.start_tls(
            line, protocol, context, server_hostname=host, ssl_handshake_timeout=OPEN_LIMIT_S
        )
    except BaseException:
        line.abort()
        raise
    if transport is None:
        raise ConnectionResetError(_("the line was closed at once"))
    protocol.connection_made(transport)
    return transport, protocol


async def _open_line(proxy: Proxy, host: str, port: int) -> asyncio.Transport:
    loop = asyncio.get_running_loop()
    if proxy.scheme is ProxyScheme.SOCKS5:
        host = await _look_up(proxy, host, port)
    # With the server's certificate checked as the server's, whatever is pinned there, and the proxy's as the proxy's.
    context = ssl.create_default_context() if proxy.scheme is ProxyScheme.HTTPS else None
    dialogue = dialogue_with(proxy, host, port)
    try:
        line, talk = await loop.create_connection(lambda: _Talk(proxy, dialogue), proxy.host, proxy.port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        raise ProxyError(
            _(
                "The proxy {proxy} ({variable}) cannot be trusted. {problem} Nothing was sent. If "
                "the certificate is right, name the file of its authority in SSL_CERT_FILE and start tuichat "
                "again."
            ).format(proxy=proxy, variable=proxy.variable, problem=problem_in_words(error))
        ) from error
    except ssl.SSLError as error:
        raise ProxyError(
            _(
                "The proxy {proxy} ({variable}) speaks no TLS that tuichat understands. Perhaps it is an http:// proxy."
            ).format(proxy=proxy, variable=proxy.variable)
        ) from error
    except OSError as error:
        raise LineError(
            _("The proxy {proxy} cannot be reached: {reason}. Check {variable}.").format(
                proxy=proxy, reason=reason_in_words(error), variable=proxy.variable
            )
        ) from error
    try:
        await talk.opened
    except BaseException:
        line.abort()
        raise
    return line


async def _look_up(proxy: Proxy, host: str, port: int) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise LineError(
            _("{host} cannot be found: {reason}. With socks5h:// in {variable} the proxy looks the name up.").format(
                host=host, reason=reason_in_words(error), variable=proxy.variable
            )
        ) from error
    return str(found[0][4][0])


class _Talk(asyncio.Protocol):
    """Carries a dialogue out; `opened` is done when the line is, or holds the error."""

    def __init__(self, proxy: Proxy, dialogue: Dialogue) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._proxy = proxy
        self._dialogue = dialogue
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._go_on(None)

    def data_received(self, data: bytes) -> None:
        self._go_on(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(
                LineError(
                    _("The proxy {proxy} ({variable}) closed the connection before the line was open.").format(
                        proxy=self._proxy, variable=self._proxy.variable
                    )
                )
            )

    def _go_on(self, data: bytes | None) -> None:
        if self.opened.done():
            return
        assert self._transport is not None
        try:
            self._transport.write(next(self._dialogue) if data is None else self._dialogue.send(data))
        except StopIteration:
            self.opened.set_result(None)
        except TunnelError as error:
            self.opened.set_exception(error)
