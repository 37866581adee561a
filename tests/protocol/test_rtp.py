"""RTP: headers, numbers that wrap, the replay window, redundant payloads, and bytes of strangers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import rtp
from tuichat.protocol.rtp import Header, ReplayWindow, RtpError, Unwrapper

HEADERS = st.builds(
    Header,
    payload_type=st.sampled_from([rtp.OPUS, rtp.RED]),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFF_FFFF),
    ssrc=st.integers(0, 0xFFFF_FFFF),
    is_marked=st.booleans(),
)
FRAMES = st.lists(
    st.tuples(st.integers(1, rtp.MAX_RED_OFFSET_SAMPLES), st.binary(max_size=rtp.MAX_RED_BLOCK_BYTES)),
    max_size=rtp.MAX_RED_BLOCKS,
)


def test_a_header_is_what_the_libraries_send() -> None:
    assert rtp.build_header(Header(rtp.OPUS, 0x0102, 0x03040506, 0x0708090A)) == bytes.fromhex(
        "807801020304 05060708090a"
    )


def test_sequence_and_timestamp_wrap_by_themselves() -> None:
    built = rtp.build_header(Header(rtp.OPUS, 0x1_0003, 0x1_0000_0005, 7))
    assert rtp.parse_header(built) == Header(rtp.OPUS, 3, 5, 7)


@given(HEADERS)
def test_a_header_comes_back(header: Header) -> None:
    built = rtp.build_header(header)
    assert rtp.parse_header(built) == header
    assert rtp.header_bytes(built) == len(built) == rtp.HEADER_BYTES
    assert not rtp.is_rtcp(built)


@pytest.mark.parametrize(("first", "size_bytes"), [(0x80, 12), (0x90, 16), (0x82, 20), (0x9F, 76), (0xB0, 16)])
def test_the_clear_part_holds_sources_and_the_extensions_opening(first: int, size_bytes: int) -> None:
    assert rtp.header_bytes(bytes([first, 0x78])) == size_bytes


@pytest.mark.parametrize("first", [0x80, 0x81, 0x90, 0x9F, 0xA1])
def test_the_clear_part_of_rtcp_is_eight_bytes_whatever_it_counts(first: int) -> None:
    packet = bytes([first, 201, 0, 7]) + bytes(28)
    assert rtp.header_bytes(packet) == rtp.RTCP_HEADER_BYTES
    assert rtp.is_rtcp(packet)
    with pytest.raises(RtpError, match="201 is RTCP"):
        rtp.parse_header(packet)


@pytest.mark.parametrize(("packet", "words"), [(b"\x80\x78" + bytes(9), "got 11"), (b"\x40" + bytes(11), "got 1")])
def test_what_is_no_rtp_is_refused_with_the_number(packet: bytes, words: str) -> None:
    with pytest.raises(RtpError, match=words):
        rtp.parse_header(packet)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_header_or_an_rtp_error(packet: bytes) -> None:
    try:
        header = rtp.parse_header(packet)
    except RtpError:
        return
    assert 12 <= rtp.header_bytes(packet) <= 76
    assert 0 <= header.payload_type < 128


@given(st.sampled_from([16, 32]), st.data())
def test_numbers_grow_over_the_wrap_through_loss_and_disorder(bits: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, (1 << bits) - 1))
    unwrapper = Unwrapper(bits)
    assert unwrapper.unwrap(number) == number
    highest = number
    for step in data.draw(st.lists(st.integers(-(1 << (bits - 1)), (1 << (bits - 1)) - 1), max_size=40)):
        number = highest + step
        assert unwrapper.unwrap(number & (1 << bits) - 1) == number
        highest = max(highest, number)


@given(st.integers(1, 80), st.lists(st.integers(-100, 400) | st.integers(0, 1 << 48), max_size=200))
def test_the_window_lets_each_number_through_once_and_none_too_old(size: int, numbers: list[int]) -> None:
    window, seen = ReplayWindow(size), set[int]()
    for number in numbers:
        expected = number not in seen and (not seen or number > max(seen) - size)
        assert window.is_new(number) == expected
        assert window.accept(number) == expected
        if expected:
            seen.add(number)


def test_a_number_far_ahead_costs_no_memory() -> None:
    window = ReplayWindow()
    assert window.accept(0)
    assert window.accept(1 << 48)
    assert not window.is_new(0)
    assert window.accept((1 << 48) - 255)
    assert not window.accept((1 << 48) - 256)


def test_a_redundant_payload_is_as_the_rfc_draws_it() -> None:
    assert rtp.pack_red(b"new", [(960, b"old")]) == bytes([0x80 | 120, 960 >> 6, (960 & 0x3F) << 2, 3, 120]) + b"oldnew"


@given(st.binary(max_size=100), FRAMES)
def test_a_redundant_payload_comes_back(primary: bytes, earlier: list[tuple[int, bytes]]) -> None:
    assert rtp.unpack_red(rtp.pack_red(primary, earlier)) == (primary, earlier)


@pytest.mark.parametrize("earlier", [[(0, b"")], [(16_384, b"")], [(960, bytes(1024))], [(960, b"")] * 9])
def test_what_the_format_cannot_hold_is_not_sent(earlier: list[tuple[int, bytes]]) -> None:
    with pytest.raises(RtpError):
        rtp.pack_red(b"", earlier)


HEADS = st.builds(lambda kind, word: bytes([kind]) + word, st.sampled_from([0xF8, 0x78, 0xF9]), st.binary(max_size=3))


@given(st.binary(max_size=60) | st.lists(HEADS, max_size=12).map(b"".join))
def test_any_bytes_are_a_redundant_payload_or_an_rtp_error(payload: bytes) -> None:
    try:
        primary, earlier = rtp.unpack_red(payload)
    except RtpError:
        return
    assert rtp.pack_red(primary, earlier) == payload
