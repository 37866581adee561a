"""Programs at the two ends of the emulated link see it: real sockets over it, and a stream through a real ssh."""

import contextlib
import socket
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.link.link import HOST_ADDRESS, LAPTOP_ADDRESS, Link, difference, emulated_link
from tests.link.namespace import needs_links
from tests.link.stream import Site, measure, ssh_over_link
from tests.ssh.host import needs_sshd

pytestmark = [*needs_links, *needs_sshd, pytest.mark.slow]

HEADERS = 28  # of IP and UDP


class Ends:
    """A UDP socket at each end."""

    def __init__(self, link: Link) -> None:
        self.link = link
        with link.host.entered():
            self.host = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.host.bind((HOST_ADDRESS, 0))
        with link.laptop.entered():
            self.laptop = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.laptop.bind((LAPTOP_ADDRESS, 0))
        for end, other in ((self.host, self.laptop), (self.laptop, self.host)):
            end.connect(other.getsockname())
            end.settimeout(2)

    def trip_ms(self) -> float:
        began_s = time.monotonic()
        self.laptop.send(b"there")
        self.host.recv(100)
        self.host.send(b"back")
        self.laptop.recv(100)
        return 1000 * (time.monotonic() - began_s)

    def close(self) -> None:
        self.host.close()
        self.laptop.close()


@pytest.fixture
def ends() -> Iterator[Ends]:
    with emulated_link() as link:
        made = Ends(link)
        try:
            yield made
        finally:
            made.close()


@pytest.mark.parametrize("rtt_ms", [10, 100])
def test_a_round_trip_takes_as_long_as_asked(ends: Ends, rtt_ms: float) -> None:
    ends.link.set_state(rtt_ms=rtt_ms)
    trips = [ends.trip_ms() for _ in range(10)]
    assert min(trips) >= rtt_ms
    assert np.median(trips) < rtt_ms + 10


def test_bytes_are_counted_for_each_direction(ends: Ends) -> None:
    before = ends.link.carried
    for _ in range(5):
        ends.laptop.send(bytes(100))
        ends.host.recv(200)
    ends.host.send(bytes(10))
    ends.laptop.recv(200)
    after = ends.link.carried
    there, back = difference(after.there, before.there), difference(after.back, before.back)
    assert (there.packets, there.sent_bytes) == (5, 5 * (100 + HEADERS))
    assert (back.packets, back.sent_bytes) == (1, 10 + HEADERS)


def test_packets_are_lost(ends: Ends) -> None:
    ends.link.set_state(loss=0.5)
    for _ in range(100):
        ends.laptop.send(b"one")
    ends.host.settimeout(0.3)
    received = 0
    with contextlib.suppress(TimeoutError):
        while ends.host.recv(10):
            received += 1
    assert 30 < received < 70
    assert ends.link.carried.there.lost_packets == 100 - received


def test_a_wall_lets_no_udp_through(ends: Ends) -> None:
    ends.link.set_state(blocks_udp=True)
    ends.laptop.send(b"there")
    ends.host.settimeout(0.2)
    with pytest.raises(TimeoutError):
        ends.host.recv(100)
    ends.link.set_state()
    assert ends.trip_ms() < 100


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_stall_holds_or_loses(ends: Ends, is_lost: bool) -> None:
    ends.link.stall(0.5, is_lost=is_lost)
    began_s = time.monotonic()
    ends.laptop.send(b"in the stall")
    if is_lost:
        ends.host.settimeout(0.8)
        with pytest.raises(TimeoutError):
            ends.host.recv(100)
    else:
        assert ends.host.recv(100) == b"in the stall"
        assert 0.4 < time.monotonic() - began_s < 1.0
    assert ends.trip_ms() < 100


def test_neither_end_has_another_network(ends: Ends) -> None:
    with ends.link.laptop.entered():
        outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with contextlib.closing(outside), pytest.raises(OSError, match="unreachable"):
        outside.connect(("192.0.2.1", 9))
    assert ends.trip_ms() < 100, "this test is back in its own"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with ssh_over_link() as running:
        yield running


@pytest.mark.alone
async def test_a_stream_through_a_session_takes_the_round_trip_and_no_more(site: Site) -> None:
    site.link.set_state(rtt_ms=100)
    times = await measure(site, 5.0, "-tt", "devbox")
    assert times.arrived == 250
    assert times.p50 < 110
    assert times.p95 < 125


@pytest.mark.alone
async def test_a_stream_beside_no_session_is_held_up(site: Site) -> None:
    """Why a session stands in each connection of ours: sshd sends at once only there."""
    site.link.set_state(rtt_ms=100)
    times = await measure(site, 5.0, "-N", "devbox")
    assert times.p50 > 125


async def test_a_stream_goes_on_where_packets_are_lost(site: Site) -> None:
    site.link.set_state(rtt_ms=50, loss=0.03)
    times = await measure(site, 5.0, "-tt", "devbox")
    assert times.arrived == 250
    assert times.p95 > 55, "TCP sends again"
