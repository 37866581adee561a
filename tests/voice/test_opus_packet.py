"""What a packet's first bytes tell, for every table of contents there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.rtp import SILENCE
from tuichat.voice.opus_packet import (
    MAX_PACKET_BYTES,
    MAX_PACKET_SAMPLES,
    has_fec,
    is_quiet,
    packet_samples,
)


@pytest.mark.parametrize(
    ("payload", "samples"),
    [
        (SILENCE, 960),
        (bytes([3 << 3]) + b"x", 2880),  # SILK, 60 ms
        (bytes([15 << 3]) + b"x", 960),  # hybrid, 20 ms
        (bytes([28 << 3]) + b"x", 120),  # CELT, 2.5 ms
        (bytes([31 << 3 | 1]) + b"x", 1920),  # two frames of the same size
        (bytes([31 << 3 | 2]) + b"x", 1920),  # two frames of different sizes
        (bytes([31 << 3 | 3, 6]), 5760),  # six frames: 120 ms, the most there is
        (bytes([31 << 3 | 3, 7]), 0),
        (bytes([31 << 3 | 3]), 0),  # the number of frames is missing
        (bytes([31 << 3 | 3, 0]), 0),
        (b"", 0),
        (b"x" * (MAX_PACKET_BYTES + 1), 0),
    ],
)
def test_duration(payload: bytes, samples: int) -> None:
    assert packet_samples(payload) == samples


@pytest.mark.parametrize(
    ("payload", "is_repeated"),
    [
        (bytes([15 << 3, 0x40]), True),  # hybrid 20 ms: activity, then the repetition's bit
        (bytes([15 << 3, 0x80]), False),
        (bytes([15 << 3 | 4, 0x40]), True),  # stereo: of the middle
        (bytes([15 << 3 | 4, 0x10]), True),  # stereo: of the side
        (bytes([11 << 3, 0x10]), True),  # SILK 60 ms: behind three bits of activity
        (bytes([11 << 3, 0xE0]), False),
        (bytes([31 << 3, 0xFF]), False),  # CELT knows no repetition
        (bytes([15 << 3]), False),
    ],
)
def test_forward_error_correction_is_seen(payload: bytes, is_repeated: bool) -> None:
    assert has_fec(payload) == is_repeated


def test_quiet_packets() -> None:
    assert is_quiet(SILENCE)
    assert is_quiet(b"\x78")
    assert not is_quiet(b"\x78\x01\x02")


@given(st.binary(max_size=MAX_PACKET_BYTES + 10))
def test_any_bytes_are_answered(payload: bytes) -> None:
    assert 0 <= packet_samples(payload) <= MAX_PACKET_SAMPLES
    has_fec(payload)
    is_quiet(payload)
