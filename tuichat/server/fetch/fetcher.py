"""The one way by which the server fetches what strangers name."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import Enum

import msgspec

import tuichat
from tuichat.server.fetch.addresses import Network as AddressNetwork
from tuichat.server.fetch.addresses import is_reachable, parse_address
from tuichat.server.fetch.errors import FetchBusy, FetchFailed, FetchRefused
from tuichat.server.fetch.http_response import HttpResponse
from tuichat.server.fetch.network import READ_BYTES, Connection, Network, RealNetwork
from tuichat.server.fetch.target import Target, follow, parse_target

MAX_AT_ONCE = 32
MAX_AT_ONCE_OF_HOST = 4
MAX_WAITING = 256
MAX_REDIRECTS = 5
MAX_TRIED_ADDRESSES = 3
TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 5.0
USER_AGENT = f"Mozilla/5.0 (compatible; tuichat/{tuichat.__version__}; link preview)"


class Reach(Enum):
    """How far a fetch may go."""

    PUBLIC = "public"
    CONFIGURED = "configured"  # also the networks that the server's settings name, for URLs of an application's owner


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to fetch, and how much of it.

    `types`: the media types that are taken, by their beginnings, any when empty. `may_cut`: a longer body than `max_bytes`
    is cut there, not refused. A POST is never redirected.
    """

    url: str
    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: bytes = b""
    max_bytes: int
    may_cut: bool = False
    types: Sequence[str] = ()
    timeout_s: float = TIMEOUT_S
    reach: Reach = Reach.PUBLIC


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came. `url` is where it came from, after redirects; `content_type` is in lower case, without parameters."""

    url: str
    status: int
    headers: Mapping[str, str]
    content_type: str
    body: bytes
    is_cut: bool = False


class Fetcher:
    """Fetches within bounds: so many at once, from public addresses, no longer than so long.

    A name is looked up once for each request and the connection goes to an address that was checked, so a name that
    answers otherwise the second time (DNS rebinding) gains nothing. Nothing is remembered between fetches: no cookies, no
    connections, no credentials.
    """

    def __init__(self, network: Network | None = None, *, allowed: Sequence[AddressNetwork] = ()) -> None:
        """`allowed`: networks that requests with Reach.CONFIGURED reach though they are not public."""
        self._network = network or RealNetwork()
        self._allowed = tuple(allowed)
        self._slots = asyncio.Semaphore(MAX_AT_ONCE)
        self._waiting = 0
        self._of_host: dict[str, tuple[asyncio.Semaphore, int]] = {}

    async def fetch(self, request: Request) -> Answer:
        """Fetch. Raises FetchRefused, FetchFailed or FetchBusy, each a FetchError with a sentence."""
        target = parse_target(request.url)
        if self._waiting >= MAX_WAITING:
            raise FetchBusy(f"{MAX_WAITING} fetches wait already.")
        self._waiting += 1
        try:
            async with asyncio.timeout(request.timeout_s):
                return await self._follow(request, target)
        except TimeoutError:
            raise FetchFailed(f"{target.host} did not answer within {request.timeout_s:g} s.") from None
        finally:
            self._waiting -= 1

    def close(self) -> None:
        self._network.close()

    async def _follow(self, request: Request, target: Target) -> Answer:
        for _ in range(MAX_REDIRECTS + 1):
            async with self._slot_of(target.host), self._slots:
                response = await self._ask(request, target)
            if not response.is_redirect or request.method == "POST":
                return _answer(response, target)
            target = follow(target, response.headers["location"])
        raise FetchRefused(f"{target.host} redirects more than {MAX_REDIRECTS} times.")

    @contextlib.asynccontextmanager
    async def _slot_of(self, host: str) -> AsyncIterator[None]:
        slots, users = self._of_host.get(host, (asyncio.Semaphore(MAX_AT_ONCE_OF_HOST), 0))
        self._of_host[host] = (slots, users + 1)
        try:
            async with slots:
                yield
        finally:
            _, users = self._of_host[host]
            if users == 1:
                del self._of_host[host]
            else:
                self._of_host[host] = (slots, users - 1)

    async def _ask(self, request: Request, target: Target) -> HttpResponse:
        connection = await self._connect(request, target)
        response = HttpResponse(request.max_bytes, may_cut=request.may_cut)
        try:
            connection.writer.write(_head(request, target) + request.body)
            await connection.writer.drain()
            while not response.is_complete:
                data = await connection.reader.read(READ_BYTES)
                if not data:
                    response.feed_eof()
                    break
                response.feed(data)
                if response.has_head and not response.is_redirect:
                    _check_type(request, response)
        except (OSError, ssl.SSLError) as error:
            raise FetchFailed(f"{target.host} broke the connection off: {_reason(error)}.") from None
        finally:
            connection.writer.transport.abort()
        return response

    async def _connect(self, request: Request, target: Target) -> Connection:
        """Connect to the first address of the target that may be reached and takes the connection."""
        literal = parse_address(target.host)
        try:
            found = [target.host] if literal else await self._network.resolve(target.host, target.port)
        except (OSError, UnicodeError):
            raise FetchFailed(f"There is no host {target.host}.") from None
        allowed = self._allowed if request.reach is Reach.CONFIGURED else ()
        addresses = {text: parse_address(text) for text in found}
        reachable = [text for text, parsed in addresses.items() if parsed and is_reachable(parsed, allowed)]
        if not reachable:
            raise FetchRefused(f"{target.host} is not an address that this server fetches from.")
        tls_name = target.host if target.scheme == "https" else None
        reason = ""
        for address in reachable[:MAX_TRIED_ADDRESSES]:
            try:
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    return await self._network.connect(address, target.port, tls_name)
            except TimeoutError:
                reason = "it did not answer in time"
            except (OSError, ssl.SSLError) as error:
                reason = _reason(error)
        raise FetchFailed(f"{target.host} cannot be reached: {reason}.")


def _head(request: Request, target: Target) -> bytes:
    lines = [
        f"{request.method} {target.path} HTTP/1.1",
        f"Host: {target.host_header}",
        f"User-Agent: {USER_AGENT}",
        "Accept: */*",
        "Accept-Encoding: gzip",
        "Connection: close",
    ]
    if request.body or request.method == "POST":
        lines.append(f"Content-Length: {len(request.body)}")
    for name, value in request.headers.items():
        assert "\n" not in f"{name}{value}"
        assert "\r" not in f"{name}{value}"
        lines.append(f"{name}: {value}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _check_type(request: Request, response: HttpResponse) -> None:
    kind = _content_type(response)
    if request.types and not kind.startswith(tuple(request.types)):
        raise FetchRefused(f"The file is {kind[:60] or 'of no type'}, not {' or '.join(request.types)}.")


def _content_type(response: HttpResponse) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _answer(response: HttpResponse, target: Target) -> Answer:
    return Answer(
        url=target.url,
        status=response.status,
        headers=response.headers,
        content_type=_content_type(response),
        body=bytes(response.body),
        is_cut=response.is_cut,
    )


def _reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    return error.strerror or type(error).__name__
