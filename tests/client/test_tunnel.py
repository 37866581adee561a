"""Everything goes through the proxy that the environment names, over real sockets: the proxies and the server are real."""

import base64
import contextlib
import logging
import os
import ssl
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.client.fake_server import FakeServer, fake_server, fingerprint, make_certificate
from tests.client.proxies import small_proxy
from tests.client.test_gateway import running, welcoming
from tests.client.waiting import until
from tests.server.running import running_server
from tests.system.rest_account import PASSWORD
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import CertificateError, ClientError, ProxyError, UnreachableError
from tuichat.client.locator import server_info
from tuichat.client.session import Accounts
from tuichat.client.state import Connection, Delivery
from tuichat.client.transfer import transfer_key
from tuichat.client.tunnel import through_proxy
from tuichat.client.uploads import choose
from tuichat.client.websocket import open_websocket
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.server.listeners import bind_tcp
from tuichat.tunnel.errors import LineError
from tuichat.tunnel.errors import ProxyError as TunnelProxyError

HOST = "chat.test"  # reserved by RFC 6761: only the proxy knows where it is
LOGIN, WRITTEN_LOGIN = "ada:hunter/2000", "ada:hunter%2F2000"
SECRET = "hunter"
ENCODED_LOGIN = base64.b64encode(LOGIN.encode()).decode()


@dataclass
class Site:
    """A server with TLS that only a proxy finds, and its certificate."""

    server: FakeServer
    port: int
    certificate: tuple[Path, Path]

    @property
    def url(self) -> str:
        return f"https://{HOST}:{self.port}"

    @property
    def pin(self) -> str:
        return fingerprint(self.certificate[0])


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    certificate = make_certificate(tmp_path, HOST)
    async with fake_server(certificate) as server:
        port = urlsplit(server.url).port
        assert port is not None
        server.url = f"https://{HOST}:{port}"
        yield Site(welcoming(server), port, certificate)


def trust(monkeypatch: pytest.MonkeyPatch, folder: Path, *certificates: tuple[Path, Path]) -> None:
    """Make authorities of these certificates, as a company does with its own."""
    bundle = folder / "authorities.pem"
    bundle.write_text("".join(certificate.read_text() for certificate, _ in certificates))
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))


def test_a_line_that_is_not_open_now_may_be_tried_again_and_a_wrong_proxy_not() -> None:
    with pytest.raises(UnreachableError) as caught, through_proxy():
        raise LineError("later")
    assert (str(caught.value), caught.value.is_transient, caught.value.was_sent) == ("later", True, False)
    with pytest.raises(ProxyError, match="never") as refused, through_proxy():
        raise TunnelProxyError("never")
    assert not refused.value.is_transient


@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
async def test_rest_and_gateway_go_through(
    kind: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = make_certificate(tmp_path)
    trust(monkeypatch, tmp_path, site.certificate, own)
    async with small_proxy(kind, site.port, login=LOGIN, certificate=own if kind == "https" else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url(WRITTEN_LOGIN))
        async with running(site.server, tmp_path) as client:
            await until(lambda: client.state.connection is Connection.READY)
        assert set(proxy.asked) == {f"{HOST}:{site.port}"}
        assert len(proxy.asked) >= 2  # the gateway, and REST
        assert proxy.carried
        assert b"a-token" not in proxy.carried


async def test_with_socks5_this_machine_looks_the_name_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    async with small_proxy("socks5", site.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url())
        # An address of the range that RFC 5737 keeps for examples: nothing but the proxy leads there.
        with pytest.raises(CertificateError):
            await server_info(parse_url(f"https://192.0.2.7:{site.port}"))
        assert set(proxy.asked) == {f"192.0.2.7:{site.port}"}
        with pytest.raises(UnreachableError, match="With socks5h:// in ALL_PROXY"):
            await open_websocket(f"wss://{HOST}:1", parse_url(f"https://{HOST}:1"))


async def test_certificate_is_checked_through_the_proxy_and_its_fingerprint_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_proxy("http", site.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        with pytest.raises(CertificateError, match="self-signed") as caught:
            await server_info(parse_url(site.url))
        assert caught.value.fingerprint == site.pin
        with pytest.raises(CertificateError, match="self-signed"):
            await open_websocket(f"wss://{HOST}:{site.port}/", parse_url(site.url))
        assert site.server.seen == []
        assert site.server.sockets == []


@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
async def test_pinned_certificate_holds_through_the_proxy(
    kind: str, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = make_certificate(tmp_path)
    trust(monkeypatch, tmp_path, own)
    async with small_proxy(kind, site.port, certificate=own if kind == "https" else None) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url())
        async with running(site.server, tmp_path, site.pin) as client:
            await until(lambda: client.state.connection is Connection.READY)
        seen = len(site.server.seen)
        other = parse_url(site.url, "0" * 64)
        with pytest.raises(CertificateError, match="another certificate than the pinned one"):
            await server_info(other)
        with pytest.raises(CertificateError, match="another certificate than the pinned one"):
            await open_websocket(f"wss://{HOST}:{site.port}/", other)
        assert len(site.server.seen) == seen


async def test_pin_of_the_server_vouches_for_no_proxy(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with small_proxy("https", site.port, login=LOGIN, certificate=make_certificate(tmp_path)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url(WRITTEN_LOGIN))
        with pytest.raises(ProxyError, match=r"The proxy https://localhost.* cannot be trusted.*SSL_CERT_FILE"):
            await server_info(parse_url(site.url, site.pin))
        assert proxy.asked == []


@contextlib.asynccontextmanager
async def nobody(kind: str) -> AsyncIterator[str]:
    with bind_tcp("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
    yield f"{kind}://{WRITTEN_LOGIN}@127.0.0.1:{port}"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "login", "refusal", "error", "words"),
    [
        ("http", "ada:other", None, ProxyError, "does not accept the user and the password that stand in HTTPS_PROXY"),
        ("http", LOGIN, 403, ProxyError, "lets nobody through to chat.test.*NO_PROXY"),
        ("socks5h", "ada:other", None, ProxyError, "does not accept the user and the password"),
        ("socks5h", LOGIN, 2, ProxyError, "rules do not allow it.*NO_PROXY"),
        ("socks5h", LOGIN, 5, UnreachableError, "the server refused the connection"),
    ],
)
async def test_refusals_reach_the_user_without_the_password(
    kind: str,
    login: str,
    refusal: int | None,
    error: type[ClientError],
    words: str,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with small_proxy(kind, site.port, login=login) as proxy:
        proxy.refusal = refusal
        monkeypatch.setenv("HTTPS_PROXY", proxy.url(WRITTEN_LOGIN))
        await tells(error, words, site, caplog)


@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
async def test_proxy_that_is_not_there_is_told(
    kind: str, site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with nobody(kind) as url:
        monkeypatch.setenv("HTTPS_PROXY", url)
        await tells(
            UnreachableError, "The proxy .* cannot be reached: Connection refused. Check HTTPS_PROXY", site, caplog
        )


async def tells(error: type[ClientError], words: str, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Both ways to the server fail with this sentence, and nowhere in what Python says of it the password stands."""
    endpoint = parse_url(site.url)
    with pytest.raises(error, match=words) as by_rest:
        await server_info(endpoint)
    with pytest.raises(error, match=words) as by_gateway:
        await open_websocket(f"wss://{HOST}:{site.port}/", endpoint)
    for caught in (by_rest.value, by_gateway.value):
        shown = traceback.TracebackException.from_exception(caught, capture_locals=True)
        # os.environ itself may be a local, and cannot be without its own secrets.
        text = "".join(line for line in shown.format() if "environ({" not in line)
        assert SECRET not in text
        assert ENCODED_LOGIN not in text
    assert SECRET not in caplog.text
    assert ENCODED_LOGIN not in caplog.text
    assert site.server.seen == []


async def test_environment_that_names_no_proxy_sends_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"ftp://{WRITTEN_LOGIN}@127.0.0.1")
    for attempt in (
        server_info(parse_url(site.url)),
        open_websocket(f"wss://{HOST}:{site.port}/", parse_url(site.url)),
    ):
        with pytest.raises(ProxyError, match="HTTPS_PROXY names a proxy of a kind") as caught:
            await attempt
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("kind", ["http", "https", "socks5h"])
async def test_person_registers_writes_and_shares_a_file_through_a_proxy(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, own = make_certificate(tmp_path, HOST), make_certificate(tmp_path)
    trust(monkeypatch, tmp_path, certificate, own)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    content = os.urandom(700_000)
    (tmp_path / "measures.bin").write_bytes(content)
    with bind_tcp("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        async with (
            running_server(public_url=f"https://{HOST}:{port}") as server,
            small_proxy(kind, port, login=LOGIN, certificate=own if kind == "https" else None) as proxy,
            contextlib.AsyncExitStack() as closing,
        ):
            await server.server.listen(listener, context)
            monkeypatch.setenv("HTTPS_PROXY", proxy.url(WRITTEN_LOGIN))
            accounts = Accounts(Profile(), Settings())
            closing.push_async_callback(accounts.close)
            client = await accounts.register(f"https://{HOST}:{port}", "ada", PASSWORD)
            await until(lambda: client.state.connection is Connection.READY)
            guild = await client.places.create_guild("Team")
            channel_id = int((await client.places.create_channel(guild.id, "measures")).id)
            await until(lambda: channel_id in client.state.channels)
            await client.open_channel(channel_id)
            client.send_message(channel_id, "here", files=[choose(tmp_path / "measures.bin")])
            await until(lambda: list(client.state.timeline(channel_id))[-1].delivery is Delivery.CONFIRMED)
            file = list(client.state.timeline(channel_id))[-1].message.attachments[0]
            saved = await client.downloads.save(
                transfer_key(channel_id, "a", 0), file.url, file.filename, file.size, tmp_path / "saved"
            )
            assert saved.read_bytes() == content
            assert {each.rpartition(":")[0] for each in proxy.asked} == {HOST}
