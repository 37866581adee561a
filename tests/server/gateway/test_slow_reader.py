"""A client that stops reading: it costs the others nothing and the server a bounded memory, and may come back."""

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.server.running import RunningServer, running_server
from tuichat.protocol.gateway import encode_client_payload
from tuichat.server.bus import Event
from tuichat.server.gateway import connection as connection_module
from tuichat.server.gateway import gateway as gateway_module

MAX_OUTBOX = 256 * 1024
WRITE_BUFFER = 64 * 1024
BODY_BYTES = 50_000


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningServer]:
    monkeypatch.setattr(connection_module, "MAX_OUTBOX_BYTES", MAX_OUTBOX)
    monkeypatch.setattr(gateway_module, "WRITE_BUFFER_HIGH_BYTES", WRITE_BUFFER)
    async with running_server() as running:
        yield running


async def open_deaf(site: RunningServer, token: str, query: str) -> socket.socket:
    """Identify over a real socket with a small window, and read no more once the session has begun."""
    loop = asyncio.get_running_loop()
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.setblocking(False)
    await loop.sock_connect(deaf, ("127.0.0.1", site.port))
    request = (
        f"GET /{query} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await loop.sock_sendall(deaf, request.encode())
    await loop.sock_recv(deaf, 4096)
    payload = encode_client_payload(2, {"token": token, "properties": {}})
    await loop.sock_sendall(deaf, bytes((0x81, 0x80 | 126)) + len(payload).to_bytes(2) + bytes(4) + payload)
    return deaf


@pytest.mark.parametrize("query", ["?v=10&encoding=json", "?v=10&encoding=json&compress=zlib-stream"])
async def test_a_client_that_stops_reading_costs_the_others_nothing(site: RunningServer, query: str) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    hub = site.server.gateway.hub
    deaf = await open_deaf(site, alice.token, query)
    try:
        async with asyncio.timeout(20), bob.connect() as client:
            while not any(session.has_begun for session in hub.of_user(int(alice.user_id))):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            (session,) = hub.of_user(int(alice.user_id))
            connection = session.link
            assert isinstance(connection, connection_module.GatewayConnection)
            sent, most_bytes = 0, 0
            while session.link is not None:
                body = msgspec.json.encode(
                    {"n": sent, "x": secrets.token_urlsafe(BODY_BYTES * 3 // 4)}
                )  # hardly shrinks
                site.server.context.bus.publish(
                    Event(name="MESSAGE_CREATE", body=body, guild_id=int(guild.id), channel_id=int(channel_id))
                )
                sent += 1
                assert (await client.wait_for("MESSAGE_CREATE"))["n"] == sent - 1  # bob has each, in order, at once
                waiting = sum(map(len, connection._outbox)) + sum(map(len, connection._uncompressed))
                most_bytes = max(most_bytes, waiting)
                assert sent < 5000, "it was never let go"
            assert most_bytes <= MAX_OUTBOX + BODY_BYTES + 1000
            assert session.id in hub  # it may resume
            assert session.buffer._size_bytes <= 2 * 1024 * 1024
    finally:
        deaf.close()
