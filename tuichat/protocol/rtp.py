"""RTP as voice uses it (RFC 3550): headers, sequence arithmetic, the replay window and redundant payloads."""

import struct
from collections.abc import Sequence
from typing import NamedTuple

from tuichat.protocol.errors import ProtocolError

OPUS = 120  # Discord's payload type
RED = 121  # RFC 2198: earlier frames sent again beside the new one; only between ends that agreed on it
RATE_HZ = 48_000  # RFC 7587, 4.1: Opus counts timestamps at 48 kHz whatever it encodes
FRAME_SAMPLES = 960  # 20 ms
SILENCE = b"\xf8\xff\xfe"  # an Opus frame of nothing; five of them end what somebody says
SILENCE_FRAMES = 5

HEADER_BYTES = 12
RTCP_HEADER_BYTES = 8
MAX_DATAGRAM_BYTES = 1500  # Ethernet's; neither Discord nor we send more

MAX_RED_BLOCKS = 8  # taste: more than 160 ms of earlier frames comes too late for anybody
MAX_RED_OFFSET_SAMPLES = (1 << 14) - 1  # RFC 2198, 3: 14 bits
MAX_RED_BLOCK_BYTES = (1 << 10) - 1  # RFC 2198, 3: 10 bits

_VERSION_2 = 0x80
_HAS_EXTENSION = 0x10
_MARKER = 0x80
_FIXED = struct.Struct(">BBHII")
_FIRST_RTCP, _LAST_RTCP = 192, 223  # RFC 5761, 4: the second byte of an RTCP packet beside RTP on one port


class RtpError(ProtocolError):
    """A packet that is no RTP, or a payload that breaks its own format."""


class Header(NamedTuple):
    """The fixed part of a packet's header; `timestamp` counts samples at 48 kHz."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    is_marked: bool = False


def build_header(header: Header) -> bytes:
    """Return the 12 bytes of a header without extension; sequence and timestamp are taken modulo their width."""
    second = header.payload_type | _MARKER if header.is_marked else header.payload_type
    return _FIXED.pack(_VERSION_2, second, header.sequence & 0xFFFF, header.timestamp & 0xFFFF_FFFF, header.ssrc)


def parse_header(packet: bytes) -> Header:
    """Return the header of an RTP packet, sealed or not. Raises RtpError for what is no RTP of version 2, RTCP included."""
    if len(packet) < HEADER_BYTES:
        raise RtpError(f"an RTP packet has {HEADER_BYTES} bytes or more, got {len(packet)}")
    first, second, sequence, timestamp, ssrc = _FIXED.unpack_from(packet)
    if first & 0xC0 != _VERSION_2:
        raise RtpError(f"RTP has version 2, got {first >> 6}")
    if _FIRST_RTCP <= second <= _LAST_RTCP:
        raise RtpError(f"packet type {second} is RTCP")
    return Header(second & 0x7F, sequence, timestamp, ssrc, second >= _MARKER)


def is_rtcp(packet: bytes) -> bool:
    """Say whether a datagram of the media port is RTCP (RFC 5761, 4)."""
    return (
        len(packet) >= RTCP_HEADER_BYTES and packet[0] & 0xC0 == _VERSION_2 and _FIRST_RTCP <= packet[1] <= _LAST_RTCP
    )


def header_bytes(packet: bytes) -> int:
    """Return how many bytes at the start stay in the clear under the "rtpsize" modes; may be more than there are.

    Of RTP: fixed header, contributing sources, and the four bytes that open an extension, whose body is sealed.
    Of RTCP: eight. Needs two bytes.
    """
    if _FIRST_RTCP <= packet[1] <= _LAST_RTCP:
        return RTCP_HEADER_BYTES
    first = packet[0]
    if first == _VERSION_2:  # nearly every packet
        return HEADER_BYTES
    return HEADER_BYTES + 4 * (first & 0x0F) + (4 if first & _HAS_EXTENSION else 0)


class Unwrapper:
    """Turns numbers that wrap (a sequence of 16 bits, a timestamp or nonce of 32) into ones that only grow.

    Of the numbers that a wrapped one may mean, the nearest to the highest so far is taken (RFC 3711, 3.3.1). What comes
    before the first of a stream may be negative.
    """

    def __init__(self, bits: int = 16) -> None:
        self._half = 1 << (bits - 1)
        self._mask = (1 << bits) - 1
        self._highest: int | None = None

    def unwrap(self, wrapped: int) -> int:
        if self._highest is None:
            self._highest = wrapped
            return wrapped
        ahead = (wrapped - self._highest + self._half & self._mask) - self._half
        number = self._highest + ahead
        if ahead > 0:
            self._highest = number
        return number


class ReplayWindow:
    """Lets each number through once, and none that is older than the window (RFC 3711, 3.3.2).

    Give it unwrapped numbers, and only of packets that opened: a forged one must not move the window.
    """

    def __init__(self, size: int = 256) -> None:
        self._size = size
        self._keep = (1 << size) - 1
        self._highest: int | None = None
        self._seen = 0  # bit n: the number `highest - n` came

    def is_new(self, number: int) -> bool:
        """Say whether `accept` would let a number through: asked before the work of opening a packet."""
        if self._highest is None or number > self._highest:
            return True
        age = self._highest - number
        return age < self._size and not self._seen >> age & 1

    def accept(self, number: int) -> bool:
        """Take note of a number; False when it came before or is too old."""
        if self._highest is None:
            self._highest, self._seen = number, 1
            return True
        ahead = number - self._highest
        if ahead > 0:
            self._seen = (self._seen << ahead | 1) & self._keep if ahead < self._size else 1
            self._highest = number
            return True
        bit = 1 << -ahead if -ahead < self._size else 0
        if not bit or self._seen & bit:
            return False
        self._seen |= bit
        return True


def pack_red(primary: bytes, earlier: Sequence[tuple[int, bytes]]) -> bytes:
    """Return a payload of type RED: `primary` of the packet's own timestamp, and frames from before it.

    Each of `earlier` is (how many samples before the packet's timestamp, frame). Raises RtpError over the limits of the
    format: MAX_RED_BLOCKS frames, MAX_RED_OFFSET_SAMPLES, MAX_RED_BLOCK_BYTES.
    """
    if len(earlier) > MAX_RED_BLOCKS:
        raise RtpError(f"a redundant payload holds {MAX_RED_BLOCKS} earlier frames, got {len(earlier)}")
    heads, frames = bytearray(), bytearray()
    for offset_samples, frame in earlier:
        if not 0 < offset_samples <= MAX_RED_OFFSET_SAMPLES:
            raise RtpError(f"an earlier frame is 1 to {MAX_RED_OFFSET_SAMPLES} samples old, got {offset_samples}")
        if len(frame) > MAX_RED_BLOCK_BYTES:
            raise RtpError(f"an earlier frame has {MAX_RED_BLOCK_BYTES} bytes at most, got {len(frame)}")
        heads += (0x80 | OPUS).to_bytes(1, "big") + (offset_samples << 10 | len(frame)).to_bytes(3, "big")
        frames += frame
    heads.append(OPUS)
    return bytes(heads + frames) + primary


def unpack_red(payload: bytes) -> tuple[bytes, list[tuple[int, bytes]]]:
    """Return the primary frame of a payload of type RED, and (samples before it, frame) of the earlier ones, as sent.

    Raises RtpError for what `pack_red` would not make.
    """
    sizes: list[tuple[int, int]] = []
    at = 0
    while True:
        if at >= len(payload):
            raise RtpError(f"a redundant payload of {len(payload)} bytes ends within its headers")
        kind = payload[at]
        if kind & 0x7F != OPUS:
            raise RtpError(f"a redundant payload holds Opus, type {OPUS}, got {kind & 0x7F}")
        if kind < 0x80:
            at += 1
            break
        word = int.from_bytes(payload[at + 1 : at + 4], "big")
        at += 4
        if len(sizes) == MAX_RED_BLOCKS or at >= len(payload) or word >> 10 == 0:
            raise RtpError(f"a redundant payload holds {MAX_RED_BLOCKS} whole earlier frames at most")
        sizes.append((word >> 10, word & 0x3FF))
    earlier = []
    for offset_samples, size_bytes in sizes:
        earlier.append((offset_samples, payload[at : at + size_bytes]))
        at += size_bytes
    if at > len(payload):
        raise RtpError(f"the earlier frames of a redundant payload take {at} bytes, it has {len(payload)}")
    return payload[at:], earlier
