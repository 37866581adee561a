"""Which addresses the server talks to for strangers."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.server.fetch.addresses import is_reachable, parse_address, parse_networks

PUBLIC = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]
PRIVATE = [
    "127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "100.127.255.255", "0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1", "100::1",
    "2001::1", "2001:10::1", "3fff::1", "5f00::1", "4000::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::127.0.0.1", "::ffff:0:127.0.0.1",
    "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b:1::1",
]  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses_are_reachable(text: str) -> None:
    assert is_reachable(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_all_others_are_not_in_any_disguise(text: str) -> None:
    assert not is_reachable(ipaddress.ip_address(text))


def test_configured_networks_are_reachable_in_every_disguise_and_nothing_beside() -> None:
    allowed = parse_networks(["127.0.0.0/8", "fd00::/8"])
    for text in ("127.0.0.1", "::ffff:127.0.0.1", "fd12::1"):
        assert is_reachable(ipaddress.ip_address(text), allowed)
    for text in ("10.0.0.1", "::1", "fe80::1%1"):
        assert not is_reachable(ipaddress.ip_address(text), allowed)


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_reachable(address: ipaddress.IPv4Address) -> None:
    if not address.is_global or address.is_multicast:
        assert not is_reachable(address)
    for disguise in (f"::ffff:{address}", f"64:ff9b::{address}", f"::{address}"):
        carrier = ipaddress.ip_address(disguise)
        if int(carrier) > 0xFFFF:
            assert is_reachable(carrier) == is_reachable(address)


@given(st.ip_addresses(v=6))
def test_likewise_of_the_newer_kind(address: ipaddress.IPv6Address) -> None:
    if not address.is_global and address.ipv4_mapped is None and address.sixtofour is None:
        assert not is_reachable(address)


def test_what_is_no_address_is_none() -> None:
    assert parse_address("example.com") is None
    assert parse_address("0x7f.1") is None
    with pytest.raises(ValueError, match="nonsense"):
        parse_networks(["nonsense"])
