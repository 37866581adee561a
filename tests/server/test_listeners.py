"""HTTP and upgrades over real sockets, in front of a small application: bounds, guard, Unix sockets, TLS."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.raw_client import RawClient
from tuichat.server import http_protocol, listeners
from tuichat.server.listeners import ListenError, Listeners, Receive, Scope, Send, bind_tcp, load_tls
from tuichat.server.request_guard import Refusal, RequestGuard, TrustedProxies


class FakeGateway:
    """Notes the URLs of the gateways that were asked for, and hangs up."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.addresses: list[str | None] = []

    def open(self, transport: asyncio.Transport, handshake: bytes, *, url: str, address: str | None) -> object:
        assert handshake.endswith(b"\r\n\r\n")
        self.urls.append(url)
        self.addresses.append(address)
        transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        transport.close()
        return None


class FakeVoice:
    """Notes where those who asked for voice came in, and hangs up."""

    def __init__(self) -> None:
        self.local_hosts: list[str | None] = []

    def open(
        self, transport: asyncio.Transport, handshake: bytes, *, address: str | None, local_host: str | None
    ) -> object:
        assert handshake.endswith(b"\r\n\r\n")
        self.local_hosts.append(local_host)
        transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        transport.close()
        return None


class FakeApp:
    """Answers with what it saw: the peer's user id, the scheme and the size of the body."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.has_begun = asyncio.Event()
        self.requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        self.has_begun.set()
        size = 0
        while True:
            event = await receive()
            size += len(event.get("body", b""))
            if event["type"] == "http.disconnect":
                return
            if not event.get("more_body"):
                break
        await self.may_answer.wait()
        body = f"{scope['state'].get('peer_uid')} {scope['scheme']} {size}".encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


class Site:
    """Listeners with fakes behind them."""

    def __init__(self, public_url: str | None = None, proxies: tuple[str, ...] = ()) -> None:
        self.app = FakeApp()
        self.gateway = FakeGateway()
        self.voice = FakeVoice()
        self.port = 0
        self.listeners = Listeners(
            self.app,
            self.gateway,
            self.voice,
            guard=RequestGuard(public_url=public_url),
            proxies=TrustedProxies(proxies),
            public_url=public_url,
        )

    async def start(self) -> None:
        listener = bind_tcp("127.0.0.1", 0)
        self.port = listener.getsockname()[1]
        await self.listeners.start(listener)

    def connect(self) -> "contextlib.AbstractAsyncContextManager[RawClient]":
        return RawClient.connect("127.0.0.1", self.port)


@contextlib.asynccontextmanager
async def open_site(public_url: str | None = None, proxies: tuple[str, ...] = ()) -> AsyncIterator[Site]:
    site = Site(public_url, proxies)
    await site.start()
    try:
        yield site
    finally:
        await site.listeners.drain(1.0)


async def test_requests_are_answered_on_one_connection() -> None:
    async with open_site() as site, site.connect() as client:
        for _ in range(3):
            await client.send(b"GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await client.answer()
            assert (answer.status, answer.body) == (200, b"None http 0")
            assert "date" in answer.headers
            assert "server" not in answer.headers
            assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Host: evil.example", 421),
        ("Host: localhost\r\nOrigin: https://evil.example", 403),
        ("Host: localhost\r\nOrigin: null", 403),
        ("X-No-Host: 1", 400),
        ("Host: localhost\r\nHost: localhost", 400),
    ],
)
async def test_the_guard_stands_before_the_application(headers: str, status: int) -> None:
    async with open_site() as site, site.connect() as client:
        await client.send(f"GET /api HTTP/1.1\r\n{headers}\r\n\r\n".encode())
        answer = await client.answer()
        assert answer.status == status
        assert answer.headers["content-type"] == "application/json"
        assert str(status).encode() in answer.body
        assert site.app.requests == 0


@pytest.mark.parametrize(("headers", "status"), [(("Origin: https://evil.example",), 403), (("Origin: null",), 403)])
async def test_the_guard_stands_before_the_gateway(headers: tuple[str, ...], status: int) -> None:
    async with open_site() as site:
        async with site.connect() as client:
            assert (await client.upgrade("/?v=10", "127.0.0.1", *headers)).status == status
            assert await client.is_closed()
        async with site.connect() as client:
            assert (await client.upgrade(host="rebound.example")).status == 421
        async with site.connect() as client:
            assert (await client.upgrade("/elsewhere")).status == 404
        assert site.gateway.urls == []


async def test_the_gateways_url_is_where_the_client_came_from() -> None:
    async with open_site() as site, site.connect() as client:
        assert (await client.upgrade(host=f"localhost:{site.port}")).status == 101
        assert site.gateway.urls == [f"ws://localhost:{site.port}"]
        assert site.gateway.addresses == ["127.0.0.1"]


@pytest.mark.parametrize("path", ["/?v=8", "/?v=4", "/?encoding=json&v=8"])
async def test_the_versions_of_voice_lead_to_the_voice_gateway(path: str) -> None:
    async with open_site() as site, site.connect() as client:
        assert (await client.upgrade(path)).status == 101
        assert site.voice.local_hosts == ["127.0.0.1"]
        assert site.gateway.urls == []


async def test_what_a_proxy_came_in_on_is_no_address_for_media() -> None:
    async with open_site(proxies=("127.0.0.1",)) as site, site.connect() as client:
        assert (await client.upgrade("/?v=8")).status == 101
        assert site.voice.local_hosts == [None]


async def test_the_public_url_is_what_urls_are_built_from() -> None:
    async with open_site(public_url="https://chat.example.org") as site, site.connect() as client:
        assert (await client.upgrade("/?v=10", "chat.example.org")).status == 101
        assert site.gateway.urls == ["wss://chat.example.org"]


async def test_a_trusted_proxy_says_that_it_speaks_tls() -> None:
    async with open_site(proxies=("127.0.0.1",)) as site, site.connect() as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Proto: https\r\n\r\n")
        assert (await client.answer()).body == b"None https 0"


async def test_what_is_not_http_is_refused() -> None:
    async with open_site() as site:
        for junk in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"HELLO\r\n\r\n", b"GET /\xff HTTP/9\r\n\r\n"):
            async with site.connect() as client:
                await client.send(junk)
                answer = await client.answer()
                assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
                assert await client.is_closed()


async def test_a_head_without_end_is_cut_off() -> None:
    async with open_site() as site, site.connect() as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(40):
                await client.send(b"X: " + b"a" * 1000 + b"\r\n")
        assert (await client.answer()).status == 431
        assert await client.is_closed()


async def test_a_client_that_says_nothing_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_LIMIT_S", 0.05)
    async with open_site() as site, site.connect() as client:
        assert await client.is_closed()
    async with open_site() as site, site.connect() as client:
        await client.send(b"GET / HTTP/1.1\r\nHo")
        assert await client.is_closed()


class StrictProxies(TrustedProxies):
    """To which every peer is a stranger."""

    def refuse(self, peer: str | None) -> Refusal | None:
        return Refusal(403, f"403: Forbidden (not {peer})")


async def test_a_peer_that_is_no_proxy_gets_neither_an_answer_nor_a_gateway() -> None:
    async with open_site() as site:
        site.listeners._proxies = StrictProxies()
        async with site.connect() as client:
            await client.send(b"GET /api HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = await client.answer()
            assert (answer.status, answer.body) == (403, b'{"message":"403: Forbidden (not 127.0.0.1)","code":0}')
        async with site.connect() as client:
            assert (await client.upgrade()).status == 403
            assert await client.is_closed()
        assert (site.app.requests, site.gateway.urls) == (0, [])


async def test_a_body_that_never_comes_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "BODY_LIMIT_S", 0.05)
    async with open_site() as site, site.connect() as client:
        await client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc")
        assert await client.is_closed()


async def test_a_request_in_flight_is_finished_while_draining() -> None:
    async with open_site() as site, site.connect() as client:
        site.app.may_answer.clear()
        await client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab")
        await asyncio.wait_for(site.app.has_begun.wait(), 5)
        draining = asyncio.create_task(site.listeners.drain(5.0))
        await asyncio.sleep(0)
        site.app.may_answer.set()
        assert (await client.answer()).body == b"None http 2"
        await draining
        assert await client.is_closed()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection("127.0.0.1", site.port)


async def test_requests_that_wait_to_be_accepted_are_answered_before_the_listener_closes() -> None:
    async with open_site() as site:
        clients = []
        for _ in range(100):  # without a turn of the loop between: the system alone has seen them
            client = socket.create_connection(("127.0.0.1", site.port), timeout=5)
            client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab")
            clients.append(client)
        await site.listeners.drain(5.0)
        assert site.app.requests == 100
        for client in clients:
            with client:
                assert client.recv(65536).startswith(b"HTTP/1.1 200")


async def test_a_crowd_that_keeps_coming_does_not_keep_the_listener_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listeners, "_are_readable", lambda descriptors: True)
    monkeypatch.setattr(listeners, "ACCEPT_LIMIT_S", 0.05)
    async with open_site() as site:
        async with asyncio.timeout(5):
            await site.listeners.stop_accepting()
        with pytest.raises(OSError, match=r"refused|Connect call failed"):
            await asyncio.open_connection("127.0.0.1", site.port)


async def test_a_unix_socket_tells_who_is_there(tmp_path: Path) -> None:
    async with open_site() as site:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.fspath(tmp_path / "s"))
        listener.setblocking(False)
        await site.listeners.start(listener)
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert (await RawClient(reader, writer).answer()).body == f"{os.getuid()} http 0".encode()
        writer.close()


async def test_another_user_gets_nothing_over_a_unix_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_protocol, "peer_uid", lambda _: os.getuid() + 1)
    async with open_site() as site:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(os.fspath(tmp_path / "s"))
        listener.setblocking(False)
        await site.listeners.start(listener)
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        client = RawClient(reader, writer)
        with contextlib.suppress(ConnectionError):
            await client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert await client.is_closed()
        assert site.app.requests == 0
        writer.close()


def test_a_taken_port_is_a_sentence() -> None:
    with bind_tcp("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ListenError, match=rf"port {port}.*--port"):
            bind_tcp("127.0.0.1", port)


def test_a_wrong_host_is_a_sentence() -> None:
    with pytest.raises(ListenError, match=r"no-such-host\.invalid"):
        bind_tcp("no-such-host.invalid", 0)


def test_a_missing_certificate_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ListenError, match=r"cert\.pem"):
        load_tls(tmp_path / "cert.pem", None)


def test_an_answer_waits_for_no_acknowledgement() -> None:
    with bind_tcp("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        listener.setblocking(True)
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
