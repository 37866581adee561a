"""Probes of the way to the media port: the port answers few datagrams, to who may ask, and never more than it was sent."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.server.running import Account, RunningServer, running_server
from tests.system.rest_account import RefusedError
from tuichat.protocol import discovery
from tuichat.protocol.rest.server import VoiceProbe
from tuichat.server.voice import probes
from tuichat.server.voice.probes import LIFETIME_MS, MAX_ANSWERS, MAX_PROBES, Probes

HERE, THERE = ("192.0.2.1", 1000), ("192.0.2.2", 1000)
LIMIT_S = 5.0


def opened(user_id: int = 1, ssrc: int = 7) -> Probes:
    found = Probes()
    assert found.open(user_id, ssrc, 0)
    return found


def test_a_probe_is_answered_to_one_address_for_ten_seconds() -> None:
    known = opened()
    assert known.answers(7, HERE, 0)
    assert not known.answers(7, THERE, 0)
    assert not known.answers(7, (HERE[0], 1001), 0)
    assert known.answers(7, HERE, LIFETIME_MS - 1)
    assert not known.answers(7, HERE, LIFETIME_MS)


def test_a_probe_is_answered_a_few_times() -> None:
    known = opened()
    assert [known.answers(7, HERE, 0) for _ in range(50)].count(True) == MAX_ANSWERS


def test_an_account_has_one_probe() -> None:
    known = opened()
    assert known.open(1, 8, 0)
    assert not known.answers(7, HERE, 0)
    assert known.answers(8, HERE, 0)
    assert len(known) == 1


def test_all_together_have_a_bounded_number_until_some_have_ended() -> None:
    known = Probes()
    assert all(known.open(user_id, user_id, user_id) for user_id in range(MAX_PROBES))
    assert not known.open(MAX_PROBES, MAX_PROBES, MAX_PROBES)
    assert known.open(5, 5555, MAX_PROBES)  # in place of its own
    assert len(known) == MAX_PROBES
    assert known.open(MAX_PROBES, MAX_PROBES, LIFETIME_MS + 100)
    assert len(known) == MAX_PROBES - 100 + 1  # 0 to 100 have ended, but that of 5 is newer


@pytest.fixture(scope="module")
def helper_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("helper")


@pytest.fixture(params=["python", pytest.param("compiled", marks=pytest.mark.slow)])
async def running(request: pytest.FixtureRequest, helper_folder: Path) -> AsyncIterator[RunningServer]:
    async with running_server(voice_helper=helper_folder if request.param == "compiled" else None) as server:
        yield server


async def probe_of(account: Account) -> VoiceProbe:
    return await account.call("POST", "/tuichat/voice/probe", VoiceProbe)


@contextlib.contextmanager
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        yield sock


async def answer_of(sock: socket.socket) -> tuple[int, str, int] | None:
    data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 4096), LIMIT_S)
    assert len(data) == discovery.PACKET_BYTES
    return discovery.parse_response(data)


def waiting(sock: socket.socket) -> list[bytes]:
    """Everything that has come already."""
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(sock.recv(4096))
    return found


async def dealt_with(sock: socket.socket, marker: VoiceProbe) -> None:
    """Wait until the server has seen everything that was sent before: what comes after a flood may be lost, and is repeated."""
    for _ in range(MAX_ANSWERS):
        sock.sendto(discovery.request(marker.ssrc), (marker.ip, marker.port))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.get_running_loop().sock_recv(sock, 4096), LIMIT_S / MAX_ANSWERS)
            return
    raise AssertionError("the server answers no more")


async def test_who_is_signed_in_is_answered_with_its_address(running: RunningServer) -> None:
    account = await running.register("ada")
    probe = await probe_of(account)
    assert (probe.ip, probe.expires_in_ms, probe.answers) == ("127.0.0.1", LIFETIME_MS, MAX_ANSWERS)
    with udp() as sock:
        for _ in range(MAX_ANSWERS):
            sock.sendto(discovery.request(probe.ssrc), (probe.ip, probe.port))
            assert await answer_of(sock) == (probe.ssrc, *sock.getsockname())


async def test_nobody_else_is_answered(running: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob, eve = [await running.register(name) for name in ("ada", "bob", "eve")]
    replaced = await probe_of(ada)
    probe = await probe_of(ada)
    monkeypatch.setattr(probes, "LIFETIME_MS", 0)
    expired = await probe_of(bob)
    monkeypatch.undo()
    media = (probe.ip, probe.port)
    with udp() as first, udp() as other:
        first.sendto(discovery.request(probe.ssrc), media)
        assert await answer_of(first) == (probe.ssrc, *first.getsockname())
        good = discovery.request(probe.ssrc)
        silent = [
            *(discovery.request(ssrc) for ssrc in (0, probe.ssrc ^ 1, replaced.ssrc, expired.ssrc)),
            good,  # from an address that did not ask first
            good[:-1],
            discovery.keep_alive(1),
            discovery.response(probe.ssrc, "127.0.0.1", 1),
            b"",
            bytes(1400),
        ]
        for packet in silent:
            other.sendto(packet, media)
        last = await probe_of(eve)
        other.sendto(discovery.request(last.ssrc), media)
        assert await answer_of(other) == (last.ssrc, *other.getsockname())
        assert waiting(other) == []


async def test_a_flood_is_answered_no_more_than_a_few_times(running: RunningServer) -> None:
    ada, bob = [await running.register(name) for name in ("ada", "bob")]
    probe, marker = await probe_of(ada), await probe_of(bob)
    media = (probe.ip, probe.port)
    with udp() as flood, udp() as quiet:
        for _ in range(500):
            flood.sendto(discovery.request(probe.ssrc), media)
        await dealt_with(quiet, marker)
        answers = waiting(flood)
    assert [len(answer) for answer in answers] == [discovery.PACKET_BYTES] * MAX_ANSWERS


async def test_a_probe_lets_nobody_into_voice(running: RunningServer) -> None:
    account = await running.register("ada")
    probe = await probe_of(account)
    rooms = running.server.voice.rooms
    assert probe.ssrc not in rooms.by_ssrc
    with udp() as sock:
        sock.sendto(b"\x80\x78" + bytes(6) + probe.ssrc.to_bytes(4) + bytes(60), (probe.ip, probe.port))
        sock.sendto(discovery.keep_alive(1), (probe.ip, probe.port))
        sock.sendto(discovery.request(probe.ssrc), (probe.ip, probe.port))
        assert await answer_of(sock) is not None
        assert waiting(sock) == []
    assert rooms.by_address == {}


async def test_without_a_token_there_is_no_probe(running: RunningServer) -> None:
    async with running.http.post(f"{running.api_url}/tuichat/voice/probe") as answer:
        assert answer.status == 401
    assert len(running.server.voice.rooms.probes) == 0


async def test_too_many_at_once_are_told_to_wait(running: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = [await running.register(name) for name in ("ada", "bob")]
    monkeypatch.setattr(probes, "MAX_PROBES", 1)
    await probe_of(ada)
    with pytest.raises(RefusedError) as refused:
        await probe_of(bob)
    assert refused.value.status == 429
