"""Unidentified connections by peer."""

import contextlib
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.server.gateway.test_gateway import IDENTIFY, until_detached
from tests.server.running import RunningServer, running_server
from tuichat.server import peer_limits, server
from tuichat.server.gateway import identify_limits
from tuichat.server.peer_limits import MAX_UNIDENTIFIED, PeerLimits


def test_one_peer_has_so_many_and_another_its_own() -> None:
    limits = PeerLimits()
    entered = [limits.enter("192.0.2.1") for _ in range(MAX_UNIDENTIFIED)]
    assert None not in entered
    assert limits.enter("192.0.2.1") is None
    assert limits.enter("192.0.2.2") is not None
    assert entered[0] is not None
    limits.leave(entered[0])
    assert limits.enter("192.0.2.1") is not None


@pytest.mark.parametrize(
    ("first", "second", "is_one"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("a proxy's nonsense", "192.0.2.1", False),
    ],
)
def test_what_counts_as_one_peer(first: str, second: str, is_one: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_limits, "MAX_UNIDENTIFIED", 1)
    limits = PeerLimits()
    assert limits.enter(first) is not None
    assert (limits.enter(second) is None) is is_one


def test_a_peer_that_left_is_forgotten() -> None:
    limits = PeerLimits()
    for _ in range(2):
        peer = limits.enter("192.0.2.1")
        assert peer is not None
        limits.leave(peer)
    assert len(limits) == 0


@pytest.fixture
async def site() -> AsyncIterator[RunningServer]:
    """A server with limits."""
    async with running_server(rate_limits=True) as running:
        yield running


async def test_strangers_of_one_address_are_bounded_and_members_are_not(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peer_limits, "MAX_UNIDENTIFIED", 2)
    alice = await site.register("alice")
    async with alice.connect(), alice.connect(), alice.connect(), contextlib.AsyncExitStack() as strangers:
        first = await strangers.enter_async_context(site.account().dial())
        await strangers.enter_async_context(site.account().dial())
        async with site.account().dial() as third:
            assert await third.close_code() == 4008
        await first.receive()
        await first.send(IDENTIFY, {"token": alice.token, "properties": {}})
        await first.wait_for("READY")
        async with alice.connect():  # there is room again for one to identify
            pass
    await until_detached(site)
    assert len(site.server.gateway._peers) == 0


async def test_the_unix_socket_has_no_such_bound(site: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_limits, "MAX_UNIDENTIFIED", 0)
    async with (
        aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(site.socket_path))) as http,
        http.ws_connect("http://localhost/?v=10&encoding=json") as socket,
    ):
        assert (await socket.receive_json())["op"] == 10


async def test_a_server_without_limits_has_no_such_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer_limits, "MAX_UNIDENTIFIED", 0)
    monkeypatch.setattr(identify_limits, "MAX_CONCURRENCY", 0)
    monkeypatch.setattr(server, "REGISTER_BURST", 0)
    async with running_server(rate_limits=False) as site:  # registers, enters and identifies
        alice = await site.register("alice")
        async with alice.connect():
            pass
