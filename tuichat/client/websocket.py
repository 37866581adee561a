"""One WebSocket to a verified server. Importing this imports websockets, so do it after the first paint."""

import contextlib
import logging
import os
import ssl
from dataclasses import dataclass

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException

import tuichat
from tuichat.client.certificate import untrusted
from tuichat.client.endpoint import Endpoint
from tuichat.client.errors import NotPermittedHereError, UnreachableError
from tuichat.client.proxy import endpoint_proxy
from tuichat.client.tunnel import through_proxy
from tuichat.client.verified_transport import check_transport, tls_context
from tuichat.local import unix_socket
from tuichat.local.errors import LocalError, PeerRefused
from tuichat.protocol.compression import MAX_INFLATED_BYTES
from tuichat.protocol.json import printable
from tuichat.translation import _
from tuichat.tunnel import websocket as tunnel_websocket
from tuichat.tunnel.failure_words import problem_in_words, reason_in_words

OPEN_LIMIT_S = 10.0
CLOSE_LIMIT_S = 1.0
# At its debug level websockets logs what it sends, cut in the middle: a part of a token that no redaction knows.
logging.getLogger("websockets.client").setLevel(logging.INFO)
PING_INTERVAL_S = 20.0  # finds a dead line sooner than the gateway's heartbeat of 41 s


@dataclass(frozen=True, slots=True)
class Closed:
    """The other end has closed with this code, or (None) the connection broke."""

    code: int | None


class _Connect(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc  # another address is another server: nobody verified it


class GatewaySocket:
    """An open WebSocket whose other end has been verified."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def receive(self) -> str | bytes | Closed:
        """Wait for a message. May be cancelled without losing one."""
        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            return Closed(error.rcvd.code if error.rcvd else None)

    async def send(self, payload: bytes) -> None:
        """Send a text message; where the connection is gone, `receive` tells."""
        with contextlib.suppress(ConnectionClosed):
            await self._connection.send(payload, text=True)

    async def close(self, code: int) -> None:
        await self._connection.close(code)

    def abort(self) -> None:
        """Let go at once, whatever was not sent."""
        self._connection.transport.abort()


async def open_websocket(url: str, endpoint: Endpoint) -> GatewaySocket:
    """Open a WebSocket and prove who answers.

    Raises UnreachableError, CertificateError, NotPermittedHereError or ProxyError.
    """
    try:
        connection = await _open(url, endpoint)
    except ssl.SSLCertVerificationError as error:
        raise untrusted(endpoint.host, problem_in_words(error)) from error
    except PeerRefused as error:
        raise NotPermittedHereError(_("{error} Nothing was sent.").format(error=error)) from error
    except LocalError as error:
        raise UnreachableError(str(error), was_sent=False) from error
    except InvalidStatus as error:
        raise UnreachableError(
            _("{host} refused the gateway connection with HTTP status {status_code}.").format(
                host=endpoint.host, status_code=error.response.status_code
            ),
            status=error.response.status_code,
        ) from error
    except (InvalidHandshake, WebSocketException) as error:
        raise UnreachableError(
            _("{host} has no gateway there: {error}.").format(host=endpoint.host, error=printable(str(error)))
        ) from error
    except TimeoutError as error:
        raise UnreachableError(
            _("{host} did not answer within {open_limit_s:.0f} s.").format(
                host=endpoint.host, open_limit_s=OPEN_LIMIT_S
            )
        ) from error
    except OSError as error:
        raise UnreachableError(
            _("{host} cannot be reached: {reason}.").format(host=endpoint.host, reason=reason_in_words(error)),
            was_sent=False,
        ) from error
    try:
        check_transport(connection.transport, endpoint)
    except BaseException:
        connection.transport.abort()
        raise
    return GatewaySocket(connection)


async def _open(url: str, endpoint: Endpoint) -> ClientConnection:
    user_agent = f"tuichat/{tuichat.__version__}"
    if endpoint.socket_path is not None:
        # The folder and the peer are checked here already, before the upgrade request.
        return await unix_connect(
            uri=url,
            sock=await unix_socket.connect(endpoint.socket_path),
            compression=None,
            open_timeout=OPEN_LIMIT_S,
            close_timeout=CLOSE_LIMIT_S,
            ping_interval=PING_INTERVAL_S,
            max_size=MAX_INFLATED_BYTES,
            user_agent_header=user_agent,
        )
    context = tls_context(endpoint) if url.startswith("wss:") else None
    proxy = endpoint_proxy(endpoint, os.environ)
    if proxy is not None and context is not None:
        with through_proxy():
            return await tunnel_websocket.open_websocket(
                proxy,
                url,
                context,
                open_limit_s=OPEN_LIMIT_S,
                close_timeout_s=CLOSE_LIMIT_S,
                ping_interval_s=PING_INTERVAL_S,
                max_bytes=MAX_INFLATED_BYTES,
                user_agent=user_agent,
            )
    return await _Connect(
        url,
        ssl=context,
        proxy=None,
        compression=None,
        open_timeout=OPEN_LIMIT_S,
        close_timeout=CLOSE_LIMIT_S,
        ping_interval=PING_INTERVAL_S,
        max_size=MAX_INFLATED_BYTES,
        user_agent_header=user_agent,
    )
