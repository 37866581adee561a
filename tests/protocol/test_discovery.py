"""IP discovery: the documented bytes, round trips, and whatever strangers send."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import discovery

SSRCS = st.integers(0, 0xFFFF_FFFF)


def test_a_request_is_what_the_libraries_send() -> None:
    assert discovery.request(42) == struct.pack(">HHI", 1, 70, 42) + bytes(66)
    assert discovery.parse_request(discovery.request(42)) == 42


def test_a_request_may_be_longer_than_it_says() -> None:
    """As hikari-wave's is; a shorter one would have the server send more than it was sent."""
    assert discovery.parse_request(struct.pack(">HHI", 1, 70, 42) + bytes(70)) == 42
    assert discovery.parse_request(discovery.request(42)[:-1]) is None


def test_an_answer_is_what_the_libraries_read() -> None:
    answer = discovery.response(42, "192.0.2.7", 50_000)
    assert answer[:8] == struct.pack(">HHI", 2, 70, 42)
    assert answer[8:72].split(b"\0")[0] == b"192.0.2.7"
    assert answer[72:] == struct.pack(">H", 50_000)


def test_an_answer_is_no_longer_than_its_question() -> None:
    assert (
        len(discovery.request(1)) == len(discovery.response(1, "ffff:" * 7 + "ffff", 65_535)) == discovery.PACKET_BYTES
    )


@given(SSRCS, st.ip_addresses(), st.integers(1, 65_535))
def test_an_answer_comes_back(ssrc: int, address: object, port: int) -> None:
    found = discovery.parse_response(discovery.response(ssrc, str(address), port))
    assert found is not None
    assert (found[0], found[2]) == (ssrc, port)
    assert found[1] in (str(address), str(getattr(address, "ipv4_mapped", None)))


@pytest.mark.parametrize(("seen", "told"), [("::ffff:192.0.2.7", "192.0.2.7"), ("fe80::1%eth0", "fe80::1")])
def test_what_a_socket_shows_is_told_as_a_client_can_use_it(seen: str, told: str) -> None:
    assert discovery.parse_response(discovery.response(1, seen, 2)) == (1, told, 2)


@pytest.mark.parametrize("text", [b"", b"example.org", b"1.2.3", b"\xff", b"\x1b[31m", b"1" * 64])
def test_an_answer_without_an_address_is_none(text: bytes) -> None:
    assert discovery.parse_response(struct.pack(">HHI64sH", 2, 70, 1, text, 5)) is None


def test_an_answer_without_a_port_is_none() -> None:
    assert discovery.parse_response(discovery.response(1, "192.0.2.7", 0)) is None


def test_a_question_is_no_answer() -> None:
    assert discovery.parse_response(discovery.request(1)) is None
    assert discovery.parse_request(discovery.response(1, "192.0.2.7", 5)) is None


@given(st.binary(max_size=100) | st.binary(min_size=70, max_size=70).map(lambda rest: b"\0\2\0\x46" + rest))
def test_any_bytes_are_an_answer_or_none(data: bytes) -> None:
    found = discovery.parse_response(data)
    assert found is None or discovery.parse_response(discovery.response(*found)) == found
    assert discovery.parse_request(data) is None or len(data) >= discovery.PACKET_BYTES


def test_a_keep_alive_is_known_by_its_length() -> None:
    assert discovery.keep_alive(258) == b"\x02\x01\0\0\0\0\0\0"
    assert discovery.is_keep_alive(discovery.keep_alive(1 << 33))
    assert not discovery.is_keep_alive(discovery.request(1))
