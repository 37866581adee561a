"""RTCP as voice uses it: how well a receiver hears a source (RFC 3550, 6.4; RFC 3611, 4.7), how much of it fits its line
(RFC 5104, 4.2.1), and a server's keep-alive.

A packet here is whole and in the clear: `Sealer.seal(packet[:8], packet[8:])` sends it, and what came is
`packet[:8] + Opener.open(packet)`.
"""

import struct
from collections.abc import Sequence

import msgspec

from tuichat.protocol.rtp import RTCP_HEADER_BYTES, RtpError

SENDER_REPORT = 200
RECEIVER_REPORT = 201
TRANSPORT_FEEDBACK = 205
EXTENDED_REPORT = 207

MAX_SOURCES = 20  # taste: as many fit a datagram with both of their blocks; a larger room takes several packets
UNAVAILABLE = 127  # RFC 3611, 4.7: levels and qualities that were not measured

_VERSION_2 = 0x80
_HAS_PADDING = 0x20
_VOIP_METRICS = 7  # RFC 3611, 4.7: the block's type, and its length in words without the first
_VOIP_METRICS_WORDS = 8
_BITRATE_REQUEST = 3  # RFC 5104, 4.2: the format TMMBR
_MANTISSA_BITS = 17
_OVERHEAD_BITS = 9
_HEADER = struct.Struct(">BBHI")
_SENDER_INFO = struct.Struct(">QIII")
_SOURCE = struct.Struct(">IB3sIIII")
_BLOCK_HEADER = struct.Struct(">BBH")
_REQUEST = struct.Struct(">II")
_METRICS = struct.Struct(">IBBBBHHHHBBBBBBBBBBHHH")


class ReceiverReport(msgspec.Struct, frozen=True, kw_only=True):
    """How one source arrived since the last report: a block of RFC 3550, 6.4.1."""

    ssrc: int
    fraction_lost: int = 0  # of 256, since the last report
    lost: int = 0  # since the beginning; below zero where duplicates came
    highest_sequence: int = 0  # with the cycles above the 16 bits of the sequence
    jitter_samples: int = 0  # RFC 3550, 6.4.1, at 48 kHz
    last_sender_report: int = 0  # the middle 32 bits of its NTP timestamp; 0: none came
    delay_since_sender_report: int = 0  # in 1/65536 s


class VoipMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """What a source sounds like at this receiver: a block of RFC 3611, 4.7. Rates and densities are of 256."""

    ssrc: int
    loss_rate: int = 0  # lost on the way
    discard_rate: int = 0  # came, but too late or too early for the jitter buffer
    burst_density: int = 0  # lost or discarded within bursts
    gap_density: int = 0  # and between them
    burst_duration_ms: int = 0  # mean
    gap_duration_ms: int = 0  # mean
    round_trip_ms: int = 0  # 0: not known
    end_system_delay_ms: int = 0  # jitter buffer, decoder and device
    min_gap: int = 16  # RFC 3611, 4.7.2: a burst ends after so many good packets
    jitter_buffer_ms: int = 0  # the nominal delay now

    @property
    def loss_percent(self) -> float:
        """What was missing when it should have been played, lost or too late."""
        return min(100.0, (self.loss_rate + self.discard_rate) * 100 / 256)


class BitrateRequest(msgspec.Struct, frozen=True):
    """The most that a receiver wants a source to send: an entry of a TMMBR (RFC 5104, 4.2.1), without overhead."""

    ssrc: int
    bits_s: int


class Reports(msgspec.Struct, frozen=True):
    """All that a packet says: `sender_ssrc` heard these sources so."""

    sender_ssrc: int
    receiver_reports: tuple[ReceiverReport, ...] = ()
    metrics: tuple[VoipMetrics, ...] = ()
    bitrates: tuple[BitrateRequest, ...] = ()


def sender_report(
    ssrc: int, *, ntp_timestamp: int = 0, rtp_timestamp: int = 0, packets: int = 0, payload_bytes: int = 0
) -> bytes:
    """Return a sender report without blocks, 28 bytes (RFC 3550, 6.4.1).

    Sent in the clear, with zeros, once a second by a server it wakes the readers of libraries that would wait for audio,
    and keeps NAT mappings open; they ignore what it says.
    """
    info = _SENDER_INFO.pack(
        ntp_timestamp, rtp_timestamp & 0xFFFF_FFFF, packets & 0xFFFF_FFFF, payload_bytes & 0xFFFF_FFFF
    )
    return _packet(SENDER_REPORT, 0, ssrc, info)


def build(
    sender_ssrc: int,
    receiver_reports: Sequence[ReceiverReport],
    metrics: Sequence[VoipMetrics] = (),
    bitrates: Sequence[BitrateRequest] = (),
) -> bytes:
    """Return a receiver report and, where there are some, metrics and requests behind it, as one packet.

    What a field cannot hold is taken as its largest or smallest value. Raises RtpError for more than MAX_SOURCES.
    """
    sources = max(len(receiver_reports), len(metrics), len(bitrates))
    if sources > MAX_SOURCES:
        raise RtpError(f"a report tells of {MAX_SOURCES} sources, got {sources}")
    packet = _packet(
        RECEIVER_REPORT, len(receiver_reports), sender_ssrc, b"".join(_pack_source(one) for one in receiver_reports)
    )
    if metrics:
        packet += _packet(EXTENDED_REPORT, 0, sender_ssrc, b"".join(_pack_metrics(one) for one in metrics))
    if bitrates:
        # The word before the entries names a source in other formats, and is 0 in this one.
        entries = bytes(4) + b"".join(_pack_request(one) for one in bitrates)
        packet += _packet(TRANSPORT_FEEDBACK, _BITRATE_REQUEST, sender_ssrc, entries)
    return packet


def parse(packet: bytes) -> Reports:
    """Read the reports of a packet in the clear; parts and blocks of other kinds are passed over.

    Raises RtpError for a packet that is not whole. A sender report's blocks count like a receiver's.
    """
    if len(packet) < RTCP_HEADER_BYTES:
        raise RtpError(f"an RTCP packet has {RTCP_HEADER_BYTES} bytes or more, got {len(packet)}")
    sender_ssrc = int.from_bytes(packet[4:8], "big")
    reports: list[ReceiverReport] = []
    metrics: list[VoipMetrics] = []
    bitrates: list[BitrateRequest] = []
    at = 0
    while at < len(packet):
        if len(packet) - at < 4:
            raise RtpError(f"an RTCP packet of {len(packet)} bytes ends within a header")
        first, kind, words = struct.unpack_from(">BBH", packet, at)
        end = at + 4 * (words + 1)
        if first & 0xC0 != _VERSION_2 or end > len(packet):
            raise RtpError(f"byte {at} of an RTCP packet of {len(packet)} begins a part of version 2 that fits")
        part = packet[at + RTCP_HEADER_BYTES : _without_padding(packet, end) if first & _HAS_PADDING else end]
        if kind == SENDER_REPORT:
            reports += _parse_sources(part[_SENDER_INFO.size :], first & 0x1F)
        elif kind == RECEIVER_REPORT:
            reports += _parse_sources(part, first & 0x1F)
        elif kind == EXTENDED_REPORT:
            metrics += _parse_extended(part)
        elif kind == TRANSPORT_FEEDBACK and first & 0x1F == _BITRATE_REQUEST:
            bitrates += _parse_requests(part)
        at = end
    return Reports(sender_ssrc, tuple(reports), tuple(metrics), tuple(bitrates))


def _packet(kind: int, count: int, ssrc: int, body: bytes) -> bytes:
    return _HEADER.pack(_VERSION_2 | count, kind, 1 + len(body) // 4, ssrc) + body


def _without_padding(packet: bytes, end: int) -> int:
    return max(0, end - packet[end - 1])


def _pack_source(report: ReceiverReport) -> bytes:
    lost = max(-(1 << 23), min((1 << 23) - 1, report.lost))
    return _SOURCE.pack(
        report.ssrc,
        _bounded(report.fraction_lost, 8),
        lost.to_bytes(3, "big", signed=True),
        report.highest_sequence & 0xFFFF_FFFF,
        _bounded(report.jitter_samples, 32),
        report.last_sender_report & 0xFFFF_FFFF,
        _bounded(report.delay_since_sender_report, 32),
    )


def _parse_sources(body: bytes, count: int) -> list[ReceiverReport]:
    if len(body) < count * _SOURCE.size:
        raise RtpError(f"{count} report blocks take {count * _SOURCE.size} bytes, got {len(body)}")
    return [
        ReceiverReport(
            ssrc=ssrc,
            fraction_lost=fraction,
            lost=int.from_bytes(lost, "big", signed=True),
            highest_sequence=highest,
            jitter_samples=jitter,
            last_sender_report=last,
            delay_since_sender_report=delay,
        )
        for ssrc, fraction, lost, highest, jitter, last, delay in _SOURCE.iter_unpack(body[: count * _SOURCE.size])
    ]


def _pack_metrics(metrics: VoipMetrics) -> bytes:
    buffer_ms = _bounded(metrics.jitter_buffer_ms, 16)
    return _BLOCK_HEADER.pack(_VOIP_METRICS, 0, _VOIP_METRICS_WORDS) + _METRICS.pack(
        metrics.ssrc,
        _bounded(metrics.loss_rate, 8),
        _bounded(metrics.discard_rate, 8),
        _bounded(metrics.burst_density, 8),
        _bounded(metrics.gap_density, 8),
        _bounded(metrics.burst_duration_ms, 16),
        _bounded(metrics.gap_duration_ms, 16),
        _bounded(metrics.round_trip_ms, 16),
        _bounded(metrics.end_system_delay_ms, 16),
        UNAVAILABLE,  # signal level
        UNAVAILABLE,  # noise level
        UNAVAILABLE,  # echo return loss
        _bounded(metrics.min_gap, 8),
        UNAVAILABLE,  # R factor
        UNAVAILABLE,  # external R factor
        UNAVAILABLE,  # MOS of listening
        UNAVAILABLE,  # MOS of conversation
        0b0011_0000,  # adaptive jitter buffer (RFC 3611, 4.7.7), no word on concealment
        0,
        buffer_ms,
        buffer_ms,
        buffer_ms,
    )


def _pack_request(request: BitrateRequest) -> bytes:
    bits_s = _bounded(request.bits_s, 64)
    exponent = max(0, bits_s.bit_length() - _MANTISSA_BITS)
    mantissa = bits_s >> exponent
    return _REQUEST.pack(request.ssrc, (exponent << _MANTISSA_BITS | mantissa) << _OVERHEAD_BITS)


def _parse_requests(body: bytes) -> list[BitrateRequest]:
    entries = body[4:]
    if len(body) < 4 or len(entries) % _REQUEST.size:
        raise RtpError(f"requests of bitrates take 4 bytes and {_REQUEST.size} for each, got {len(body)}")
    found = []
    for ssrc, value in _REQUEST.iter_unpack(entries):
        exponent = value >> _OVERHEAD_BITS + _MANTISSA_BITS
        mantissa = value >> _OVERHEAD_BITS & (1 << _MANTISSA_BITS) - 1
        found.append(BitrateRequest(ssrc, mantissa << exponent))
    return found


def _parse_extended(body: bytes) -> list[VoipMetrics]:
    found = []
    at = 0
    while at < len(body):
        if len(body) - at < _BLOCK_HEADER.size:
            raise RtpError(f"an extended report of {len(body)} bytes ends within a block's header")
        kind, _, words = _BLOCK_HEADER.unpack_from(body, at)
        at += _BLOCK_HEADER.size
        if at + 4 * words > len(body):
            raise RtpError(f"a block of an extended report has {4 * words} bytes, {len(body) - at} are left")
        if kind == _VOIP_METRICS:
            if words != _VOIP_METRICS_WORDS:
                raise RtpError(f"VoIP metrics have {_VOIP_METRICS_WORDS} words, got {words}")
            found.append(_parse_metrics(body, at))
        at += 4 * words
    return found


def _parse_metrics(body: bytes, at: int) -> VoipMetrics:
    fields = _METRICS.unpack_from(body, at)
    ssrc, loss, discard, burst_density, gap_density, burst_ms, gap_ms, round_trip_ms, delay_ms = fields[:9]
    return VoipMetrics(
        ssrc=ssrc,
        loss_rate=loss,
        discard_rate=discard,
        burst_density=burst_density,
        gap_density=gap_density,
        burst_duration_ms=burst_ms,
        gap_duration_ms=gap_ms,
        round_trip_ms=round_trip_ms,
        end_system_delay_ms=delay_ms,
        min_gap=fields[12],
        jitter_buffer_ms=fields[19],
    )


def _bounded(value: int, bits: int) -> int:
    return max(0, min((1 << bits) - 1, value))
