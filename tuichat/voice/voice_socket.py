"""One WebSocket to a voice gateway, whose other end is proven before anything goes there."""

import asyncio
import contextlib
import errno
import hashlib
import logging
import os
import ssl
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

import tuichat
from tuichat.errors import TuichatError
from tuichat.local import unix_socket
from tuichat.local.tcp_owner import Address, server_uids
from tuichat.protocol.json import printable
from tuichat.protocol.voice_gateway import MAX_SERVER_PAYLOAD_BYTES, NEWEST_VERSION
from tuichat.translation import _
from tuichat.tunnel.proxy import Proxy, parse_proxy
from tuichat.voice.call_protocol import VoiceAddress

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

OPEN_LIMIT_S = (
    2.0  # taste: a call is cut off meanwhile; the next try is sent over the network that may be there by then
)
CLOSE_LIMIT_S = 1.0
MAX_WAITING_MEDIA = 25  # half a second of packets: older ones would only be late
ROOT_UID = 0

logger = logging.getLogger(__name__)

# At its debug level websockets logs what it sends, cut in the middle: a part of a token that no redaction knows.
logging.getLogger("websockets.client").setLevel(logging.INFO)


class VoiceUnreachableError(TuichatError):
    """The voice server cannot be reached, or is not the one that is meant; the text says why."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The other end has closed with this code, or (None) the connection broke."""

    code: int | None


class VoiceSocket(Protocol):
    """An open WebSocket; where it is gone, `receive` tells."""

    async def receive(self) -> str | bytes | Closed: ...

    def send(self, payload: bytes) -> None:
        """Send a text message, in order."""

    def send_media(self, message: bytes) -> None:
        """Send a binary message; where the line is slow, the oldest that wait are dropped."""

    async def close(self, code: int) -> None:
        """Send what waits, and close. Takes CLOSE_LIMIT_S at most."""


class _RealSocket:
    """Sends in a task of its own, so that nobody who speaks waits for the line."""

    def __init__(self, connection: "object") -> None:
        from websockets.asyncio.client import ClientConnection

        assert isinstance(connection, ClientConnection)
        self._connection = connection
        self._texts: deque[bytes] = deque()
        self._media: deque[bytes] = deque(maxlen=MAX_WAITING_MEDIA)
        self._wake = asyncio.Event()
        self._sent = asyncio.Event()  # no text waits
        self._sent.set()
        self._sender = asyncio.create_task(self._send_on(), name="voice-socket-sender")

    async def receive(self) -> str | bytes | Closed:
        from websockets.exceptions import ConnectionClosed

        try:
            return await self._connection.recv()
        except ConnectionClosed as error:
            return Closed(error.rcvd.code if error.rcvd else None)

    def send(self, payload: bytes) -> None:
        self._texts.append(payload)
        self._sent.clear()
        self._wake.set()

    def send_media(self, message: bytes) -> None:
        self._media.append(message)
        self._wake.set()

    async def close(self, code: int) -> None:
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await self._sent.wait()
                await self._connection.close(code)
        except (TimeoutError, OSError):
            pass
        finally:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender
            self._connection.transport.abort()

    async def _send_on(self) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._texts or self._media:
                    if self._texts:
                        await self._connection.send(self._texts.popleft(), text=True)
                    else:
                        await self._connection.send(self._media.popleft())
                self._sent.set()
        except ConnectionClosed:
            self._sent.set()


async def open_voice_socket(address: VoiceAddress) -> VoiceSocket:
    """Open a voice WebSocket of the newest version. Raises VoiceUnreachableError and nothing else."""
    from websockets.exceptions import InvalidHandshake, InvalidStatus, WebSocketException

    try:
        async with asyncio.timeout(OPEN_LIMIT_S):
            connection = await _open(address)
    except TimeoutError:
        reason = _("it does not answer")
    except ssl.SSLCertVerificationError as error:
        reason = _("its certificate is not trusted: {reason}").format(reason=printable(error.verify_message))
    except ssl.SSLError as error:  # an OSError whose number is OpenSSL's own
        reason = _("it speaks no TLS that can be understood ({reason})").format(reason=printable(error.reason or "?"))
    except (FileNotFoundError, ConnectionRefusedError) as error:
        is_ours = address.socket_path is not None
        reason = _("it does not run now") if is_ours else os.strerror(error.errno or errno.ECONNREFUSED)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else printable(str(error))
    except InvalidStatus as error:
        reason = _("it refused with HTTP status {status}").format(status=error.response.status_code)
    except (InvalidHandshake, WebSocketException) as error:
        reason = printable(str(error))
    except TuichatError as error:
        reason = str(error)
    except Exception as error:  # whatever a library finds wrong with a URL or a proxy
        logger.exception("the voice connection cannot be opened")
        reason = type(error).__name__
    else:
        return _RealSocket(connection)
    if address.socket_path is not None:
        raise VoiceUnreachableError(_("your own server cannot be reached: {reason}").format(reason=reason))
    host = printable(urlsplit(address.url).netloc)
    raise VoiceUnreachableError(
        _("the voice server {host} cannot be reached: {reason}").format(host=host, reason=reason)
    )


async def _open(address: VoiceAddress) -> object:
    from websockets.asyncio.client import connect, unix_connect

    url = f"{address.url}/?v={NEWEST_VERSION}"
    if address.socket_path is not None:
        return await unix_connect(
            uri=url,
            sock=await unix_socket.connect(Path(address.socket_path)),
            compression=None,
            ping_interval=None,  # the voice gateway has a heartbeat of its own
            close_timeout=CLOSE_LIMIT_S,
            max_size=MAX_SERVER_PAYLOAD_BYTES,
        )
    context = _context(address)
    connection = await (
        connect(
            url,
            ssl=context,
            proxy=None,
            compression=None,
            ping_interval=None,
            close_timeout=CLOSE_LIMIT_S,
            max_size=MAX_SERVER_PAYLOAD_BYTES,
        )
        if address.proxy_url is None
        else _open_through(parse_proxy(address.proxy_url, address.proxy_variable), url, context)
    )
    try:
        _check(address, connection.transport)
    except BaseException:
        connection.transport.abort()
        raise
    return connection


async def _open_through(proxy: Proxy, url: str, context: ssl.SSLContext | None) -> "ClientConnection":
    from tuichat.tunnel.websocket import open_websocket

    if context is None:
        raise VoiceUnreachableError(
            _("it is without TLS, and a proxy leads there, which would read all; nothing was sent")
        )
    return await open_websocket(
        proxy,
        url,
        context,
        open_limit_s=OPEN_LIMIT_S,
        close_timeout_s=CLOSE_LIMIT_S,
        ping_interval_s=None,
        max_bytes=MAX_SERVER_PAYLOAD_BYTES,
        user_agent=f"tuichat/{tuichat.__version__}",
    )


def _context(address: VoiceAddress) -> ssl.SSLContext | None:
    if not address.url.startswith("wss:"):
        return None
    context = ssl.create_default_context()
    if address.pinned_sha256 is not None:
        # The pin says more than any authority: _check compares the certificate before anything is sent.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _check(address: VoiceAddress, transport: asyncio.BaseTransport) -> None:
    """Prove who answers: by the pinned certificate, or in plain by who holds the port of this machine."""
    if address.url.startswith("wss:"):
        if address.pinned_sha256 is not None:
            shown = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
            if shown is None or hashlib.sha256(shown).hexdigest() != address.pinned_sha256:
                raise VoiceUnreachableError(_("it shows another certificate than the pinned one; nothing was sent"))
        return
    server, own = (transport.get_extra_info(name) for name in ("peername", "sockname"))
    if not server or not own:
        raise VoiceUnreachableError(_("it closed the connection at once"))
    owners = server_uids(Address(str(server[0]), int(server[1])), Address(str(own[0]), int(own[1])))
    if not owners or owners - {os.getuid(), ROOT_UID}:
        raise VoiceUnreachableError(_("its port is not held by a program of yours; nothing was sent"))
