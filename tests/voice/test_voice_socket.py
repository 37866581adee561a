"""Opening a voice WebSocket: the other end is proven first, and what goes wrong is one sentence."""

import asyncio
import contextlib
import datetime
import hashlib
import ssl
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from websockets.asyncio.server import ServerConnection, serve, unix_serve
from websockets.http11 import Request, Response

from tests.client.proxies import small_proxy
from tests.client.waiting import until
from tuichat.server.local_authority import LocalAuthority
from tuichat.voice import voice_socket
from tuichat.voice.call_protocol import VoiceAddress
from tuichat.voice.voice_socket import Closed, VoiceUnreachableError, open_voice_socket


class Site:
    """A WebSocket server that keeps what it is sent and echoes nothing."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.received: list[str | bytes] = []
        self.connections: list[ServerConnection] = []
        self.port = 0

    async def talk(self, connection: ServerConnection) -> None:
        self.connections.append(connection)
        assert connection.request is not None
        self.paths.append(connection.request.path)
        async for message in connection:
            self.received.append(message)


@contextlib.asynccontextmanager
async def site(context: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    made = Site()
    async with serve(made.talk, "127.0.0.1", 0, ssl=context) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


class Identity:
    """A certificate for 127.0.0.1 by an authority that nobody trusts."""

    def __init__(self, folder: Path) -> None:
        now = datetime.datetime.now(datetime.UTC)
        served = LocalAuthority.open(folder, now).server_file([], now)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(served)
        certificate = x509.load_pem_x509_certificates(served.read_bytes())[0]
        self.fingerprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest()


async def test_messages_go_in_order_and_the_end_is_told() -> None:
    async with site() as server:
        socket = await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{server.port}"))
        assert server.paths == ["/?v=8"]
        socket.send(b"first")
        socket.send(b"second")
        socket.send_media(b"media")
        await until(lambda: len(server.received) == 3)
        assert server.received == ["first", "second", b"media"]
        await server.connections[0].send("hello")
        assert await socket.receive() == "hello"
        await server.connections[0].close(4014)
        assert await socket.receive() == Closed(4014)
        await socket.close(1000)


async def test_what_was_said_last_is_sent_before_the_close() -> None:
    async with site() as server:
        socket = await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{server.port}"))
        socket.send(b"the last word")
        await socket.close(1000)
        await until(lambda: server.received == ["the last word"])
        assert server.connections[0].close_code == 1000


async def test_media_that_cannot_go_now_are_dropped_the_oldest_first() -> None:
    async with site() as server:
        socket = await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{server.port}"))
        for number in range(100):  # before the sender has its turn
            socket.send_media(bytes([number]))
        await until(lambda: server.received and server.received[-1] == bytes([99]))
        assert server.received == [bytes([number]) for number in range(100 - voice_socket.MAX_WAITING_MEDIA, 100)]
        await socket.close(1000)


async def test_a_broken_line_is_told_without_a_code() -> None:
    async with site() as server:
        socket = await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{server.port}"))
        await until(lambda: server.connections)
        server.connections[0].transport.abort()
        assert await socket.receive() == Closed(None)
        socket.send(b"into nothing")
        await socket.close(1000)


async def test_a_pinned_certificate_is_trusted_and_no_other(tmp_path: Path) -> None:
    right, other = Identity(tmp_path / "one"), Identity(tmp_path / "two")
    async with site(right.context) as server:
        url = f"wss://127.0.0.1:{server.port}"
        socket = await open_voice_socket(VoiceAddress(url, None, right.fingerprint))
        socket.send(b"hello")
        await until(lambda: server.received == ["hello"])
        await socket.close(1000)
        with pytest.raises(VoiceUnreachableError, match="another certificate"):
            await open_voice_socket(VoiceAddress(url, None, other.fingerprint))
        with pytest.raises(VoiceUnreachableError, match="not trusted"):
            await open_voice_socket(VoiceAddress(url))
        assert server.received == ["hello"]


async def test_a_port_of_another_user_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_socket, "server_uids", lambda server, own: {12345})
    async with site() as server:
        with pytest.raises(VoiceUnreachableError, match="not held by a program of yours"):
            await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{server.port}"))


@pytest.mark.parametrize("kind", ["http", "socks5", "socks5h"])
async def test_a_proxy_with_a_login_leads_there(tmp_path: Path, kind: str) -> None:
    identity = Identity(tmp_path)
    async with site(identity.context) as server, small_proxy(kind, server.port, login="ada:secret/1") as proxy:
        address = VoiceAddress(
            f"wss://127.0.0.1:{server.port}", None, identity.fingerprint, proxy.url("ada:secret%2F1")
        )
        assert "secret" not in repr(address)
        socket = await open_voice_socket(address)
        socket.send(b"hello")
        await until(lambda: server.received == ["hello"])
        await socket.close(1000)
        assert len(proxy.asked) == 1
        wrong = VoiceAddress(address.url, None, address.pinned_sha256, proxy.url("ada:wrong"))
        with pytest.raises(VoiceUnreachableError) as caught:
            await open_voice_socket(wrong)
        assert "wrong" not in str(caught.value)
        assert "does not accept the user and the password that stand in HTTPS_PROXY" in str(caught.value)
        assert server.received == ["hello"]


async def test_nothing_goes_in_plain_through_a_proxy() -> None:
    async with site() as server, small_proxy("http", server.port) as proxy:
        with pytest.raises(VoiceUnreachableError, match="without TLS"):
            await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{server.port}", None, None, proxy.url()))
        assert proxy.asked == []


async def test_a_proxy_that_is_gone_is_told_by_the_variable_that_names_it() -> None:
    address = VoiceAddress("wss://voice.test", None, None, "socks5h://127.0.0.1:1", "ALL_PROXY")
    with pytest.raises(VoiceUnreachableError, match=r"voice.test cannot be reached: The proxy .* Check ALL_PROXY"):
        await open_voice_socket(address)


async def test_what_a_library_does_not_expect_is_a_sentence() -> None:
    with pytest.raises(VoiceUnreachableError):
        await open_voice_socket(VoiceAddress("wss://voice.example.org", None, None, "gopher://127.0.0.1:9"))


async def test_a_unix_socket_of_the_personal_server(tmp_path: Path) -> None:
    made = Site()
    tmp_path.chmod(0o700)
    path = tmp_path / "server.sock"
    async with unix_serve(made.talk, str(path)):
        socket = await open_voice_socket(VoiceAddress("ws://localhost", str(path)))
        socket.send(b"hello")
        await until(lambda: made.received == ["hello"])
        await socket.close(1000)


async def test_refusals_and_silence_are_sentences(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.FORBIDDEN, "no")

    async with serve(Site().talk, "127.0.0.1", 0, process_request=refuse) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(VoiceUnreachableError, match="status 403"):
            await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{port}"))
    with pytest.raises(VoiceUnreachableError, match="refused"):
        await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{port}"))
    monkeypatch.setattr(voice_socket, "OPEN_LIMIT_S", 0.1)
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    async with silent:
        port = silent.sockets[0].getsockname()[1]
        with pytest.raises(VoiceUnreachableError, match="does not answer"):
            await open_voice_socket(VoiceAddress(f"ws://127.0.0.1:{port}"))
    with pytest.raises(VoiceUnreachableError):
        await open_voice_socket(VoiceAddress("wss://no-such-host.invalid"))


async def test_a_server_without_tls_is_said_to_be_one() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(VoiceUnreachableError, match="speaks no TLS"):
            await open_voice_socket(VoiceAddress(f"wss://127.0.0.1:{port}"))
