"""One HTTP exchange with a verified server. Importing this imports aiohttp, so do it after the first paint."""

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from aiohttp import ClientRequest, ClientTimeout
from aiohttp.client_exceptions import UnixClientConnectorError
from aiohttp.client_proto import ResponseHandler
from yarl import URL

import tuichat
from tuichat.client.certificate import fingerprint_of, untrusted
from tuichat.client.endpoint import API_PATH, Endpoint
from tuichat.client.errors import ClientError, NotPermittedHereError, UnreachableError
from tuichat.client.proxy import endpoint_proxy
from tuichat.client.tunnel import through_proxy
from tuichat.client.verified_transport import check_transport, tls_context
from tuichat.local.errors import LocalError, PeerRefused
from tuichat.local.http_connector import PeerCheckedConnector
from tuichat.translation import N_, _
from tuichat.tunnel.errors import TunnelError
from tuichat.tunnel.failure_words import problem_in_words, reason_in_words
from tuichat.tunnel.line import open_tls
from tuichat.tunnel.proxy import Proxy

if TYPE_CHECKING:
    from aiohttp.tracing import Trace

MAX_ANSWER_BYTES = 8 * 1024 * 1024
ANSWER_LIMIT_S = 30.0
CONNECT_LIMIT_S = 10.0
STALL_LIMIT_S = 30.0  # of a file that does not move
UNREADABLE_CERTIFICATE = N_("The certificate cannot be read.")
MAX_CONNECTIONS = 8  # taste: history, sending and commands at once, without crowding a small server


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]  # case does not matter
    body: bytes


class _VerifyingConnector(aiohttp.TCPConnector):
    """Opens TCP and TLS connections, and checks who answers before the first byte of a request."""

    def __init__(self, endpoint: Endpoint) -> None:
        context = tls_context(endpoint)
        super().__init__(limit=MAX_CONNECTIONS, ssl=context if context is not None else True)
        self._endpoint = endpoint

    async def _create_connection(
        self, req: ClientRequest, traces: "list[Trace]", timeout: ClientTimeout
    ) -> ResponseHandler:
        # aiohttp's own Fingerprint compares too, but knows nothing of who listens on a loopback port.
        protocol = await self._connect_to(req, traces, timeout)
        assert protocol.transport is not None
        try:
            check_transport(protocol.transport, self._endpoint)
        except BaseException:
            protocol.transport.abort()
            raise
        return protocol

    async def _connect_to(self, req: ClientRequest, traces: "list[Trace]", timeout: ClientTimeout) -> ResponseHandler:
        return await super()._create_connection(req, traces, timeout)


class _ProxyConnector(_VerifyingConnector):
    """Opens TLS connections through a proxy.

    aiohttp's own way knows no SOCKS, and holds an https:// proxy to the server's pinned certificate instead of its own.
    """

    def __init__(self, endpoint: Endpoint, proxy: Proxy) -> None:
        super().__init__(endpoint)
        self._proxy = proxy

    async def _connect_to(self, req: ClientRequest, traces: "list[Trace]", timeout: ClientTimeout) -> ResponseHandler:
        context, host, port = tls_context(self._endpoint), req.url.raw_host, req.url.port
        assert context is not None
        assert host is not None
        assert port is not None
        try:
            with through_proxy():
                _, protocol = await open_tls(self._proxy, host, port, context, lambda: ResponseHandler(self._loop))
        except ssl.SSLCertVerificationError as error:
            raise aiohttp.ClientConnectorCertificateError(req.connection_key, error) from error
        except OSError as error:
            raise aiohttp.ClientConnectorError(req.connection_key, error) from error
        return protocol


class HttpTransport:
    """Keeps connections to one server, follows no redirect, takes no cookie, and reads no more than MAX_ANSWER_BYTES."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Raises ProxyError where the environment names a proxy that is none."""
        self._endpoint = endpoint
        self._session = aiohttp.ClientSession(
            connector=_connector(endpoint),
            timeout=ClientTimeout(total=ANSWER_LIMIT_S, sock_connect=CONNECT_LIMIT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": f"tuichat/{tuichat.__version__}", "Accept-Encoding": "identity"},
        )

    async def exchange(self, method: str, path: str, *, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """Send one request to a path below API_PATH. Raises UnreachableError, CertificateError or NotPermittedHereError."""
        url = f"{self._endpoint.url}{API_PATH}{path}"
        async with (
            self._explained(),
            self._session.request(method, url, data=body, headers=headers, allow_redirects=False) as response,
        ):
            return Answer(response.status, response.headers, await self.read(response))
        raise AssertionError

    @contextlib.asynccontextmanager
    async def stream(
        self, method: str, path: str, *, body: AsyncIterable[bytes] | None, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request to a path of the server, in which a file goes or comes in pieces, for as long as it moves.

        Raises as `exchange` does, and also while the answer is read.
        """
        url = URL(f"{self._endpoint.url}{path}", encoded=True)
        timeout = ClientTimeout(total=None, sock_connect=CONNECT_LIMIT_S, sock_read=STALL_LIMIT_S)
        async with (
            self._explained(),
            self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False, timeout=timeout
            ) as response,
        ):
            yield response

    @contextlib.asynccontextmanager
    async def _explained(self) -> AsyncIterator[None]:
        """Tell what goes wrong inside in our own errors."""
        try:
            yield
        except aiohttp.ClientConnectorCertificateError as error:
            raise await self._explain_certificate(error.certificate_error) from error
        except UnixClientConnectorError as error:
            raise self._explain_socket(error) from error
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(
                _("{host} cannot be reached: {reason}.").format(
                    host=self._endpoint.host, reason=reason_in_words(error.os_error)
                ),
                was_sent=False,
            ) from error
        except TimeoutError as error:
            raise UnreachableError(
                _("{host} did not answer within {answer_limit_s:.0f} s.").format(
                    host=self._endpoint.host, answer_limit_s=ANSWER_LIMIT_S
                )
            ) from error
        except (aiohttp.ClientError, ConnectionError) as error:
            raise UnreachableError(_("The connection to {host} broke.").format(host=self._endpoint.host)) from error

    async def close(self) -> None:
        await self._session.close()

    async def read(self, response: aiohttp.ClientResponse, max_bytes: int = MAX_ANSWER_BYTES) -> bytes:
        """Return the whole body of an answer. Raises ClientError for one of more bytes."""
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > max_bytes:
                response.close()
                raise ClientError(
                    _("{host} sent an answer of over {max_answer_bytes} bytes; it was not read.").format(
                        host=self._endpoint.host, max_answer_bytes=max_bytes
                    )
                )
            chunks.append(chunk)
        return b"".join(chunks)

    async def _explain_certificate(self, error: Exception) -> ClientError:
        problem = (
            problem_in_words(error) if isinstance(error, ssl.SSLCertVerificationError) else _(UNREADABLE_CERTIFICATE)
        )
        return untrusted(self._endpoint.host, problem, await shown_fingerprint(self._endpoint))

    def _explain_socket(self, error: UnixClientConnectorError) -> ClientError:
        if isinstance(error.__cause__, PeerRefused):
            return NotPermittedHereError(_("{cause} Nothing was sent.").format(cause=error.__cause__))
        if isinstance(error.__cause__, LocalError):
            return UnreachableError(str(error.__cause__), was_sent=False)
        return UnreachableError(_("Your server is not running."), was_sent=False)


def _connector(endpoint: Endpoint) -> aiohttp.BaseConnector:
    if endpoint.socket_path:
        return PeerCheckedConnector(endpoint.socket_path)
    proxy = endpoint_proxy(endpoint, os.environ)
    return _VerifyingConnector(endpoint) if proxy is None else _ProxyConnector(endpoint, proxy)


async def shown_fingerprint(endpoint: Endpoint) -> str:
    """Return the fingerprint of whatever certificate a server shows, empty where it shows none; sends nothing over it."""
    url = URL(endpoint.url)
    host, port = url.raw_host, url.port
    assert host is not None
    assert port is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        proxy = endpoint_proxy(endpoint, os.environ)
        async with asyncio.timeout(CONNECT_LIMIT_S):
            transport, _ = await (
                asyncio.get_running_loop().create_connection(asyncio.Protocol, host, port, ssl=context)
                if proxy is None
                else open_tls(proxy, host, port, context, asyncio.Protocol)
            )
    except (OSError, ClientError, TunnelError):  # TimeoutError is an OSError
        return ""
    certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
    transport.abort()
    return fingerprint_of(certificate) if certificate else ""
