"""What the packets before it say is left out of a packet, and is there again at the other end, whatever comes between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import rtp
from tuichat.protocol.rtp import FRAME_SAMPLES, Header
from tuichat.voice.header_squeeze import VOICES, HeaderSqueeze, SqueezeError

LEFT_OUT = 15


class Voice:
    """One who speaks, and the counter of who seals."""

    counter = 0

    def __init__(self, ssrc: int, sequence: int = 65_530, timestamp: int = 2**32 - 3000) -> None:
        self.header = Header(rtp.OPUS, sequence, timestamp, ssrc, True)

    def says(self, body: bytes = b"sealed") -> bytes:
        packet = rtp.build_header(self.header) + body + (Voice.counter & 0xFFFF_FFFF).to_bytes(4, "big")
        Voice.counter += 1
        self.header = Header(
            rtp.OPUS,
            self.header.sequence + 1 & 0xFFFF,
            self.header.timestamp + FRAME_SAMPLES & 0xFFFF_FFFF,
            self.header.ssrc,
        )
        return packet


class Connection:
    """Both ends of one direction."""

    def __init__(self) -> None:
        self.sender, self.receiver = HeaderSqueeze(), HeaderSqueeze()

    def carry(self, packet: bytes) -> tuple[bytes, int]:
        """Return what arrives, and how many bytes travelled."""
        small = self.sender.squeeze(packet)
        if small is None:
            self.receiver.note(packet)
            return packet, len(packet)
        return self.receiver.restore(small), len(small)


def test_a_voice_that_goes_on_travels_without_its_header_also_where_its_numbers_wrap() -> None:
    connection, voice = Connection(), Voice(7)
    packets = [voice.says() for _ in range(20)]
    carried = [connection.carry(packet) for packet in packets]
    assert [packet for packet, _ in carried] == packets
    assert [len(packet) - size for packet, (_, size) in zip(packets, carried, strict=True)] == [0] + [LEFT_OUT] * 19


def test_two_who_talk_at_once_are_told_apart() -> None:
    connection, one, other = Connection(), Voice(7), Voice(8)
    packets = [voice.says() for _ in range(10) for voice in (one, other)]
    carried = [connection.carry(packet) for packet in packets]
    assert [packet for packet, _ in carried] == packets
    assert all(size == len(packet) - LEFT_OUT for packet, (_, size) in zip(packets[2:], carried[2:], strict=True))


def test_a_pause_a_loss_and_a_report_make_one_packet_whole_at_most() -> None:
    connection, voice = Connection(), Voice(7)
    connection.carry(voice.says())
    connection.carry(voice.says())
    voice.says()  # lost on the way to here
    for is_whole in (True, False):
        packet = voice.says()
        arrived, size = connection.carry(packet)
        assert arrived == packet
        assert (size == len(packet)) is is_whole
    report = bytes([0x81, 201]) + b"\0" * 20 + Voice.counter.to_bytes(4, "big")
    Voice.counter += 1
    assert connection.carry(report) == (report, len(report))
    packet = voice.says()
    assert connection.carry(packet) == (packet, len(packet) - LEFT_OUT)


def test_more_voices_than_are_kept_still_arrive() -> None:
    connection = Connection()
    voices = [Voice(ssrc) for ssrc in range(VOICES + 5)]
    for _ in range(3):
        for voice in voices:
            packet = voice.says()
            assert connection.carry(packet)[0] == packet


@given(st.binary(max_size=40))
def test_a_stranger_squeezed_packet_is_an_error(squeezed: bytes) -> None:
    with pytest.raises(SqueezeError):
        HeaderSqueeze().restore(squeezed)


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.binary(min_size=14, max_size=40).map(lambda rest: bytes([0x80, 0x78]) + rest),
            st.tuples(st.integers(0, 3), st.binary(max_size=5)),
        ),
        max_size=40,
    )
)
def test_whatever_is_carried_arrives_as_it_was(sent: list[bytes | tuple[int, bytes]]) -> None:
    connection = Connection()
    voices = [Voice(ssrc) for ssrc in range(4)]
    for each in sent:
        packet = each if isinstance(each, bytes) else voices[each[0]].says(each[1])
        assert connection.carry(packet)[0] == packet
