"""A gateway that lies, breaks or vanishes hurts nothing but its own session."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.client.builders import GENERAL, GUILD, channel, created, guild, message, ready
from tests.client.fake_server import Answer, FakeServer, fake_server, fingerprint, make_certificate
from tests.client.waiting import until
from tuichat.client import loopback_listener
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.locator import UrlLocator
from tuichat.client.outbox import Outbox
from tuichat.client.rest import Rest
from tuichat.client.state import Connection
from tuichat.config.accounts import AccountRecord, UrlAddress
from tuichat.config.secret import Token
from tuichat.protocol import codec
from tuichat.protocol.rest.server import TuichatInfo

TOKEN = Token("a-token-of-some-length")
HELLO = '{"op":10,"d":{"heartbeat_interval":41250}}'


def payload(sequence: int, name: str, body: msgspec.Struct | str) -> str:
    encoded = body if isinstance(body, str) else codec.encode(body).decode()
    return f'{{"op":0,"s":{sequence},"t":"{name}","d":{encoded}}}'


def welcoming(server: FakeServer, server_id: str = "sid") -> FakeServer:
    """Make a fake server look like a tuichat server with one guild."""
    info = TuichatInfo(server_id=server_id, version="1", features=["replay"], registration="open")
    server.answer("GET /tuichat", Answer(body=codec.encode(info)))
    server.answer(f"GET /channels/{GENERAL}/messages", Answer(body=b"[]"))
    server.payloads = [HELLO, payload(1, "READY", ready(guild(GUILD, channel())))]
    return server


@contextlib.asynccontextmanager
async def running(server: FakeServer, state_dir: Path, pinned: str | None = None) -> AsyncIterator[Client]:
    endpoint = parse_url(server.url, pinned)
    record = AccountRecord("sid", "1000", "me", "Me", UrlAddress(endpoint.url, pinned))

    async def no_other_token() -> bool:
        return False

    client = Client(
        record,
        token=TOKEN,
        rest=Rest(endpoint, TOKEN),
        locator=UrlLocator(endpoint, "sid"),
        outbox=Outbox(state_dir, "sid/1000"),
        renew_token=no_other_token,
    )
    run = asyncio.create_task(client.run())
    try:
        yield client
    finally:
        await client.close()
        await run


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with fake_server() as made:
        yield welcoming(made)


async def test_session_starts_and_features_are_known(server: FakeServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.READY)
        assert client.state.features == {"replay"}
        assert GUILD in client.state.guilds


HOSTILE = [
    payload(2, "MESSAGE_CREATE", '{"id":"x"}'),
    payload(2, "MESSAGE_CREATE", "null"),
    payload(2, "MESSAGE_CREATE", "[" * 500 + "]" * 500),
    payload(2, "GUILD_MEMBER_ADD", '{"guild_id":"1","user":{"id":"99999999999999999999","username":"a"}}'),
    payload(2, "NOBODY_KNOWS_THIS", '{"any":"thing"}'),
    payload(2, "TYPING_START", '{"channel_id":"10","user_id":"7","timestamp":"soon"}'),
    '{"op":77,"d":null}',
]


@pytest.mark.parametrize("hostile", HOSTILE)
async def test_wrong_event_is_skipped_and_the_session_goes_on(server: FakeServer, hostile: str, tmp_path: Path) -> None:
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.READY)
        await client.open_channel(GENERAL)
        await server.push(hostile)
        following = 3 if '"s":2' in hostile else 2
        await server.push(payload(following, "MESSAGE_CREATE", created(message(50, "after"))))
        await until(lambda: len(client.state.timeline(GENERAL)) == 1)
        assert client.state.connection is Connection.READY
        assert len(server.sockets) == 1


@pytest.mark.parametrize(
    "hostile",
    [
        "{",
        "\x00",
        '"text"',
        '{"op":"zero"}',
        '{"op":0,"t":7,"s":2}',
        "[" * 100_000,
        payload(2, "X", "[" * 9000 + "]" * 9000),
    ],
)
async def test_broken_payload_costs_one_reconnection(server: FakeServer, hostile: str, tmp_path: Path) -> None:
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.READY)
        await server.push(hostile)
        await until(lambda: len(server.sockets) >= 2)
        assert client.state.connection in (Connection.RECONNECTING, Connection.READY)


async def test_ready_that_cannot_be_read_is_told(server: FakeServer, tmp_path: Path) -> None:
    server.payloads = [HELLO, payload(1, "READY", '{"session_id":"s","resume_gateway_url":"ws://x","user":5}')]
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.REFUSED)
        assert "READY" in client.state.connection_note
        welcoming(server)
        client.reconnect_now()
        await until(lambda: client.state.connection is Connection.READY)


async def test_while_reconnecting_the_next_try_is_told(server: FakeServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.READY)
        server.answer("GET /tuichat", Answer(503))
        await server.sockets[-1].close(code=4000)
        await until(lambda: client.state.connection is Connection.RECONNECTING and client.state.next_try_ms is not None)
        assert client.state.connection_note.endswith(".")
        welcoming(server).payloads = [HELLO, payload(2, "RESUMED", "{}")]
        client.reconnect_now()
        await until(lambda: client.state.connection is Connection.READY)


async def test_another_server_at_the_address_gets_no_token(server: FakeServer, tmp_path: Path) -> None:
    welcoming(server, "another")
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.REFUSED)
        assert "another server" in client.state.connection_note
        assert all(seen.authorization is None for seen in server.seen)
        assert server.sockets == []


async def test_squatter_gets_no_token_from_the_gateway(
    server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.READY)
        server.received.clear()
        monkeypatch.setattr(loopback_listener, "server_uids", lambda server, own, tables: {12345})
        await server.sockets[-1].close(code=4000)
        await until(lambda: client.state.connection is Connection.REFUSED)
        assert "12345" in client.state.connection_note
        assert server.received == []


async def test_token_that_is_not_known_any_more_is_told(server: FakeServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as client:
        await until(lambda: client.state.connection is Connection.READY)
        await server.sockets[-1].close(code=4004)
        await until(lambda: client.state.connection is Connection.REFUSED)
        assert "sign in again" in client.state.connection_note


async def test_gateway_over_tls_needs_the_pinned_certificate(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    async with fake_server(certificate) as made:
        server = welcoming(made)
        async with running(server, tmp_path, fingerprint(certificate[0])) as client:
            await until(lambda: client.state.connection is Connection.READY)
        async with running(server, tmp_path, "ab" * 32) as client:
            await until(lambda: client.state.connection is Connection.REFUSED)
            assert "another certificate" in client.state.connection_note
        async with running(server, tmp_path) as client:
            await until(lambda: client.state.connection is Connection.REFUSED)
            assert "self-signed" in client.state.connection_note
        assert len(server.sockets) == 1
