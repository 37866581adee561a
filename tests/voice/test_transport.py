"""Packets of a call: sealed, counted, reported, and nothing raised for what strangers send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import discovery, rtcp, rtp
from tuichat.protocol.encryption import AES_GCM, XCHACHA, Opener, Sealer
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rtp import FRAME_SAMPLES, SILENCE
from tuichat.protocol.voice_extensions import FEATURES
from tuichat.voice.transport import Discovered, Echo, Heard, MediaSession, Told

KEY = bytes(range(32))
OURS, THEIRS = 42, 77
SPEECH = b"\x78speech"


def session(*, features: tuple[str, ...] = FEATURES, mode: str = AES_GCM) -> MediaSession:
    media = MediaSession(OURS, features)
    media.agree(mode, KEY)
    return media


def their_packet(sealer: Sealer, sequence: int, payload: bytes = SPEECH) -> bytes:
    header = rtp.Header(rtp.OPUS, sequence, sequence * FRAME_SAMPLES, THEIRS)
    return sealer.seal(rtp.build_header(header), payload)


@pytest.mark.parametrize("mode", [AES_GCM, XCHACHA])
def test_a_frame_is_one_packet_that_the_server_can_open(mode: str) -> None:
    media = session(mode=mode)
    first = media.pack(SPEECH, 960, is_speech=True)
    second = media.pack(SILENCE, 1920, is_speech=False)
    assert first is not None
    assert second is not None
    opener = Opener(mode, KEY)
    assert opener.open(first) == SPEECH
    assert opener.open(second) == SILENCE
    assert rtp.parse_header(first) == rtp.Header(rtp.OPUS, 0, 960, OURS, is_marked=True)
    assert rtp.parse_header(second) == rtp.Header(rtp.OPUS, 1, 1920, OURS, is_marked=False)


def test_nothing_is_sent_before_there_is_a_key() -> None:
    media = MediaSession(OURS, FEATURES)
    assert media.pack(SPEECH, 960, is_speech=True) is None
    assert media.report(0) is None
    assert media.receive(bytes(100), 0) is None
    with pytest.raises(ProtocolError):
        media.agree("xsalsa20_poly1305", KEY)


def test_the_sequence_wraps_and_goes_on_under_a_new_key() -> None:
    media = session()
    media._sequence = 0xFFFF
    first, second = media.pack(SPEECH, 0, is_speech=True), media.pack(SPEECH, 960, is_speech=True)
    media.agree(XCHACHA, KEY)
    third = media.pack(SPEECH, 1920, is_speech=True)
    assert [rtp.parse_header(each or b"").sequence for each in (first, second, third)] == [0xFFFF, 0, 1]


def test_repetition_is_for_servers_that_agreed_to_it() -> None:
    for features, expected in ((FEATURES, True), ((), False)):
        media = session(features=features)
        media.redundancy = 2
        packets = [media.pack(SPEECH + bytes([n]), n * FRAME_SAMPLES, is_speech=True) or b"" for n in range(6)]
        kinds = {rtp.parse_header(packet).payload_type for packet in packets}
        assert (rtp.RED in kinds) is expected


def test_what_was_sealed_by_the_server_is_heard_once() -> None:
    media, sealer = session(), Sealer(AES_GCM, KEY)
    packet = their_packet(sealer, 1)
    heard = media.receive(packet, 10)
    assert isinstance(heard, Heard)
    assert (heard.header.ssrc, heard.payload) == (THEIRS, SPEECH)
    assert media.receive(packet, 11) is None, "replayed"
    assert media.receive(packet[:-5] + bytes([packet[-5] ^ 1]) + packet[-4:], 12) is None, "forged"
    assert media.refused == 2


def test_losses_are_told_block_by_block() -> None:
    media, sealer = session(), Sealer(AES_GCM, KEY)
    for sequence in range(1, 101):
        if sequence % 10:
            media.receive(their_packet(sealer, sequence), sequence * 20)
    packet = media.report(2100)
    assert packet is not None
    opened = Opener(AES_GCM, KEY).open(packet)
    assert opened is not None
    reports = rtcp.parse(packet[:8] + opened)
    assert reports.sender_ssrc == OURS
    [block] = reports.receiver_reports
    assert (block.ssrc, block.highest_sequence, block.lost) == (THEIRS, 99, 9)
    assert 20 <= block.fraction_lost <= 26
    [metrics] = reports.metrics
    assert metrics.ssrc == THEIRS
    assert metrics.loss_rate > 15
    later = media.report(3100)
    assert later is not None
    second = rtcp.parse(later[:8] + (Opener(AES_GCM, KEY).open(later) or b""))
    assert second.receiver_reports[0].fraction_lost == 0, "since the last report"


def test_what_an_outage_swallowed_is_lost_and_asks_for_no_protection() -> None:
    media, sealer = session(), Sealer(AES_GCM, KEY)
    for sequence in (*range(1, 101), *range(200, 401)):
        media.receive(their_packet(sealer, sequence), sequence * 20)
    packet = media.report(8100)
    assert packet is not None
    reports = rtcp.parse(packet[:8] + (Opener(AES_GCM, KEY).open(packet) or b""))
    assert (reports.receiver_reports[0].lost, reports.receiver_reports[0].fraction_lost) == (99, 0)
    assert (reports.metrics[0].loss_rate, reports.metrics[0].burst_density) == (0, 0)


def test_a_server_without_the_extension_gets_no_blocks_but_sees_where_one_is() -> None:
    media, sealer = session(features=()), Sealer(AES_GCM, KEY)
    media.receive(their_packet(sealer, 1), 0)
    packet = media.report(100)
    assert packet is not None
    reports = rtcp.parse(packet[:8] + (Opener(AES_GCM, KEY).open(packet) or b""))
    assert reports.receiver_reports == ()


def test_reports_of_ones_own_packets_are_given_out() -> None:
    media, sealer = session(), Sealer(AES_GCM, KEY)
    plain = rtcp.build(0, [rtcp.ReceiverReport(ssrc=OURS, fraction_lost=64)])
    told = media.receive(sealer.seal(plain[:8], plain[8:]), 0)
    assert isinstance(told, Told)
    assert told.reports.receiver_reports[0].fraction_lost == 64


def test_keep_alives_measure_the_round_trip_and_discovery_tells_the_address() -> None:
    media = session()
    first = media.keep_alive(1000)
    assert media.receive(first, 1035) == Echo(35)
    assert media.rtt_ms == 35
    assert media.receive(first, 1040) is None, "answered already"
    assert media.receive(discovery.response(OURS, "192.0.2.9", 4000), 0) == Discovered("192.0.2.9", 4000)
    assert media.receive(discovery.response(THEIRS, "192.0.2.9", 4000), 0) is None


def test_a_room_of_strangers_makes_us_remember_a_bounded_number() -> None:
    media, sealer = session(), Sealer(AES_GCM, KEY)
    for ssrc in range(1, 1500):
        header = rtp.build_header(rtp.Header(rtp.OPUS, 1, 960, ssrc))
        media.receive(sealer.seal(header, SPEECH), 0)
    assert len(media._streams) <= 1024


@given(st.lists(st.binary(max_size=120), max_size=30))
def test_nothing_that_comes_raises(datagrams: list[bytes]) -> None:
    media, sealer = session(), Sealer(AES_GCM, KEY)
    for number, datagram in enumerate(datagrams):
        assert not isinstance(media.receive(datagram, number), Heard)
        if len(datagram) >= 12:  # authentic, and nonsense all the same
            media.receive(sealer.seal(datagram[:12], datagram[12:]), number)
