"""The trial of UDP: what is measured, and what counts as blocked."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tuichat.protocol import discovery
from tuichat.voice import udp_trial
from tuichat.voice.udp_trial import MAX_MISSES, REQUESTS, udp_round_trip_ms

SSRC = 77


class Port(asyncio.DatagramProtocol):
    """A media port that answers those requests whose number (from 0) is in `answers`, under this SSRC."""

    def __init__(self, answers: range, ssrc: int = SSRC) -> None:
        self.answers, self.ssrc = answers, ssrc
        self.asked: list[bytes] = []
        self.transport: asyncio.DatagramTransport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(self.asked) in self.answers:
            self.transport.sendto(discovery.response(self.ssrc, *addr), addr)
        self.asked.append(data)

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[int]:
        """Be there, and yield the port's number."""
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        try:
            yield self.transport.get_extra_info("sockname")[1]
        finally:
            self.transport.close()


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udp_trial, "WAIT_S", 0.1)


async def test_a_port_that_answers_is_measured() -> None:
    media = Port(range(100))
    async with media.opened() as number:
        trip_ms = await udp_round_trip_ms("127.0.0.1", number, SSRC)
    assert trip_ms is not None
    assert 0 < trip_ms < 100
    assert media.asked == [discovery.request(SSRC)] * REQUESTS


async def test_one_that_is_silent_is_asked_a_few_times() -> None:
    media = Port(range(0))
    async with media.opened() as number:
        assert await udp_round_trip_ms("127.0.0.1", number, SSRC) is None
    assert len(media.asked) == MAX_MISSES


async def test_a_lost_request_blocks_nothing() -> None:
    media = Port(range(1, 100))
    async with media.opened() as number:
        assert await udp_round_trip_ms("127.0.0.1", number, SSRC) is not None


async def test_an_answer_to_somebody_else_is_none() -> None:
    async with Port(range(100), SSRC + 1).opened() as number:
        assert await udp_round_trip_ms("127.0.0.1", number, SSRC) is None


@pytest.mark.parametrize(("host", "port"), [("no address", 5), ("127.0.0.1", 0)])
async def test_what_is_no_address_leads_nowhere(host: str, port: int) -> None:
    assert await udp_round_trip_ms(host, port, SSRC) is None


async def test_a_port_that_nobody_has_is_blocked() -> None:
    async with Port(range(0)).opened() as number:
        pass
    assert await udp_round_trip_ms("127.0.0.1", number, SSRC) is None
