"""RTCP reports: the RFCs' bytes, round trips, and bytes of strangers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import encryption, rtcp, rtp
from tuichat.protocol.rtcp import BitrateRequest, ReceiverReport, Reports, VoipMetrics
from tuichat.protocol.rtp import RtpError

BYTE, SHORT, WORD = st.integers(0, 0xFF), st.integers(0, 0xFFFF), st.integers(0, 0xFFFF_FFFF)
REPORTS = st.builds(
    ReceiverReport,
    ssrc=WORD,
    fraction_lost=BYTE,
    lost=st.integers(-(1 << 23), (1 << 23) - 1),
    highest_sequence=WORD,
    jitter_samples=WORD,
    last_sender_report=WORD,
    delay_since_sender_report=WORD,
)
METRICS = st.builds(
    VoipMetrics,
    ssrc=WORD,
    loss_rate=BYTE,
    discard_rate=BYTE,
    burst_density=BYTE,
    gap_density=BYTE,
    burst_duration_ms=SHORT,
    gap_duration_ms=SHORT,
    round_trip_ms=SHORT,
    end_system_delay_ms=SHORT,
    min_gap=BYTE,
    jitter_buffer_ms=SHORT,
)

REQUESTS = st.builds(
    BitrateRequest,
    ssrc=WORD,
    bits_s=st.builds(lambda mantissa, zeros: mantissa << zeros, st.integers(0, (1 << 17) - 1), st.integers(0, 40)),
)


def test_the_keep_alive_is_a_sender_report_of_zeros() -> None:
    assert rtcp.sender_report(0) == bytes.fromhex("80c80006") + bytes(24)
    assert rtcp.parse(rtcp.sender_report(7, packets=5)) == Reports(7)


def test_a_receiver_report_is_as_the_rfc_draws_it() -> None:
    report = ReceiverReport(ssrc=9, fraction_lost=64, lost=-2, highest_sequence=0x1_0005, jitter_samples=480)
    assert rtcp.build(7, [report]) == struct.pack(
        ">BBHIIB3sIIII", 0x81, 201, 7, 7, 9, 64, b"\xff\xff\xfe", 0x1_0005, 480, 0, 0
    )


def test_metrics_are_a_block_of_nine_words_behind_the_report() -> None:
    packet = rtcp.build(7, [], [VoipMetrics(ssrc=9, loss_rate=13, burst_duration_ms=60)])
    assert packet[:8] == struct.pack(">BBHI", 0x80, 201, 1, 7)
    assert packet[8:16] == struct.pack(">BBHI", 0x80, 207, 10, 7)
    assert packet[16:28] == struct.pack(">BBHIBBBB", 7, 0, 8, 9, 13, 0, 0, 0)
    assert len(packet) == 16 + 36


def test_a_request_of_a_bitrate_is_as_the_rfc_draws_it() -> None:
    packet = rtcp.build(7, [], bitrates=[BitrateRequest(9, 40_000), BitrateRequest(10, 1_000_000)])
    assert packet[8:20] == struct.pack(">BBHII", 0x83, 205, 6, 7, 0)
    assert packet[20:28] == struct.pack(">II", 9, 40_000 << 9)
    assert packet[28:] == struct.pack(">II", 10, 3 << 26 | 125_000 << 9)


@given(
    WORD,
    st.lists(REPORTS, max_size=rtcp.MAX_SOURCES),
    st.lists(METRICS, max_size=rtcp.MAX_SOURCES),
    st.lists(REQUESTS, max_size=rtcp.MAX_SOURCES),
)
def test_what_is_reported_comes_back(
    ssrc: int, reports: list[ReceiverReport], metrics: list[VoipMetrics], bitrates: list[BitrateRequest]
) -> None:
    packet = rtcp.build(ssrc, reports, metrics, bitrates)
    assert rtcp.parse(packet) == Reports(ssrc, tuple(reports), tuple(metrics), tuple(bitrates))
    assert rtp.is_rtcp(packet)
    assert len(packet) + encryption.OVERHEAD_BYTES <= rtp.MAX_DATAGRAM_BYTES - 48  # IPv6 and UDP


def test_what_no_field_can_hold_is_its_largest_value() -> None:
    report = ReceiverReport(ssrc=1, fraction_lost=300, lost=1 << 30, jitter_samples=1 << 40)
    found = rtcp.parse(rtcp.build(1, [report], [VoipMetrics(ssrc=1, burst_duration_ms=100_000)]))
    assert found.receiver_reports[0].fraction_lost == 255
    assert found.receiver_reports[0].lost == (1 << 23) - 1
    assert found.receiver_reports[0].jitter_samples == 0xFFFF_FFFF
    assert found.metrics[0].burst_duration_ms == 65_535


def test_more_sources_than_a_datagram_holds_are_refused() -> None:
    with pytest.raises(RtpError, match="20 sources, got 21"):
        rtcp.build(1, [ReceiverReport(ssrc=1)] * 21)


def test_a_loss_that_came_late_is_a_loss() -> None:
    assert VoipMetrics(ssrc=1, loss_rate=64, discard_rate=64).loss_percent == 50
    assert VoipMetrics(ssrc=1, loss_rate=255, discard_rate=255).loss_percent == 100


@pytest.mark.parametrize("length", [0, 3, 5, 11])
def test_requests_that_are_not_whole_are_refused(length: int) -> None:
    body = bytes(length + -length % 4)
    part = struct.pack(">BBHI", 0xA3 if length % 4 else 0x83, 205, 1 + len(body) // 4, 7) + body
    if length % 4:
        part = part[:-1] + bytes([-length % 4])
    with pytest.raises(RtpError, match="bitrates"):
        rtcp.parse(part)


def test_parts_of_other_kinds_are_passed_over() -> None:
    sdes = struct.pack(">BBHI", 0x81, 202, 2, 7) + b"\x01\x02hi"
    unknown_block = struct.pack(">BBHIBBHI", 0x80, 207, 3, 7, 4, 0, 1, 5)
    assert rtcp.parse(rtcp.build(7, [ReceiverReport(ssrc=9)]) + sdes + unknown_block).receiver_reports == (
        ReceiverReport(ssrc=9),
    )


def test_blocks_of_a_sender_report_and_padding_are_read() -> None:
    block = rtcp.build(7, [ReceiverReport(ssrc=9)])[8:]
    info = bytes(20)
    packet = struct.pack(">BBHI", 0xA1, 200, 13, 7) + info + block + b"\0\0\0\x04"
    assert rtcp.parse(packet) == Reports(7, (ReceiverReport(ssrc=9),))


@pytest.mark.parametrize("cut", range(52))
def test_a_packet_cut_short_is_refused_or_says_less(cut: int) -> None:
    whole = rtcp.build(7, [], [VoipMetrics(ssrc=9)])
    assert len(whole) == 52
    if cut == 8:  # where its first part ends
        assert rtcp.parse(whole[:cut]) == Reports(7)
    else:
        with pytest.raises(RtpError):
            rtcp.parse(whole[:cut])


PARTS = st.builds(
    lambda first, kind, words, body: struct.pack(">BBH", first, kind, words) + body,
    st.sampled_from([0x80, 0x81, 0x9F, 0xA0, 0xA1, 0x40]),
    st.sampled_from([200, 201, 202, 207]),
    st.integers(0, 14),
    st.binary(max_size=60) | st.just(struct.pack(">IBBH", 1, 7, 0, 8) + bytes(32)),
)


@given(st.binary(max_size=100) | st.lists(PARTS, max_size=4).map(b"".join))
def test_any_bytes_are_reports_or_an_rtp_error(packet: bytes) -> None:
    try:
        found = rtcp.parse(packet)
    except RtpError:
        return
    assert len(found.receiver_reports) * 24 + len(found.metrics) * 36 <= len(packet)
