"""Where another machine may have this laptop send UDP."""

import ipaddress
import socket

import pytest

from tuichat.bridge import targets
from tuichat.bridge.targets import ADDRESS_EVERY_S, ADDRESSES, MAX_KNOWN, OFFER_EVERY_S, OFFERS, Targets, is_own


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def allowed(clock: Clock) -> Targets:
    return Targets(now_s=clock)


@pytest.mark.parametrize(
    "ip",
    [
        "127.0.0.1",
        "127.8.9.10",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "::",
        "255.255.255.255",
        "224.0.0.1",
        "ff02::1",
        "169.254.169.254",
        "fe80::1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2001:db8::1%eth0",
        "127.1",
        "box",
        "",
    ],
)
def test_what_is_no_one_other_machine_is_refused(allowed: Targets, ip: str) -> None:
    assert not allowed.allow(ip, 50_000)


@pytest.mark.parametrize("ip", ["203.0.113.9", "10.0.0.5", "192.168.1.2", "100.64.0.1", "2001:db8::1", "fd00::1"])
def test_a_voice_server_may_be_anywhere_else(allowed: Targets, ip: str) -> None:
    assert allowed.allow(ip, 50_000)


@pytest.mark.parametrize("port", [0, -1, 65536, 2**40])
def test_what_is_no_port_is_refused(allowed: Targets, port: int) -> None:
    assert not allowed.allow("203.0.113.9", port)


@pytest.mark.parametrize("ip", ["192.168.1.5", "::ffff:192.168.1.5"])
def test_the_laptop_sends_nothing_to_itself(allowed: Targets, monkeypatch: pytest.MonkeyPatch, ip: str) -> None:
    monkeypatch.setattr(targets, "is_own", lambda address: str(address) == "192.168.1.5")
    assert not allowed.allow(ip, 50_000)
    assert allowed.allow("192.168.1.6", 50_000)


def test_ones_own_address_is_known_by_where_a_packet_to_it_comes_from() -> None:
    assert is_own(ipaddress.ip_address("127.0.0.1"))
    assert not is_own(ipaddress.ip_address("198.51.100.7"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.7", 9))
        except OSError:
            return  # a machine without a network has no other address
        mine = ipaddress.ip_address(probe.getsockname()[0])
    assert is_own(mine)
    assert not Targets().allow(str(mine), 50_000)


def test_a_scan_is_two_addresses_a_minute(allowed: Targets, clock: Clock) -> None:
    found = 0
    for number in range(3600):
        clock.now_s = float(number)
        found += allowed.allow(f"10.0.{number // 250}.{number % 250}", 53)
    assert found <= ADDRESSES + 3600 / ADDRESS_EVERY_S
    assert found >= ADDRESSES


def test_ports_count_as_addresses_do(allowed: Targets) -> None:
    assert sum(allowed.allow("10.0.0.1", port) for port in range(1, 100)) == ADDRESSES


def test_an_address_that_is_named_again_costs_no_other_its_place(allowed: Targets) -> None:
    assert [allowed.allow("203.0.113.9", 4) for _ in range(OFFERS + 1)] == [True] * OFFERS + [False]


def test_a_flood_at_one_address_is_an_offer_in_three_seconds(allowed: Targets, clock: Clock) -> None:
    found = 0
    for number in range(10_000):
        clock.now_s = number / 100
        found += allowed.allow("203.0.113.9", 4)
    assert found <= OFFERS + 100 / OFFER_EVERY_S + 1


def test_what_it_knows_is_bounded(allowed: Targets, clock: Clock) -> None:
    for number in range(10 * MAX_KNOWN):
        clock.now_s += ADDRESS_EVERY_S
        assert allowed.allow(f"10.0.0.{number}", 4)
    assert len(allowed._known) == MAX_KNOWN
