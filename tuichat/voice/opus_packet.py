"""What the first bytes of an Opus packet tell without decoding it (RFC 6716, sections 3.1 and 4.2)."""

from typing import Final

from tuichat.protocol.rtp import SILENCE

MAX_PACKET_SAMPLES: Final = 5760  # RFC 6716, 3.4, R5: a packet lasts at most 120 ms
MAX_PACKET_BYTES: Final = 1500  # ours: RFC 6716 allows more, but such a packet would not pass a network unbroken
MAX_QUIET_BYTES: Final = 2  # what libopus encodes in up to two bytes is DTX's rest between refreshes

# RFC 6716, table 2: SILK 10, 20, 40, 60 ms; hybrid 10, 20; CELT 2.5, 5, 10, 20.
_SILK_SAMPLES = (480, 960, 1920, 2880)
_HYBRID_SAMPLES = (480, 960)
_CELT_SAMPLES = (120, 240, 480, 960)
_FIRST_HYBRID = 12
_FIRST_CELT = 16


def packet_samples(payload: bytes) -> int:
    """Return how many samples at 48 kHz a packet lasts for each channel, 0 where it cannot be an Opus packet."""
    if not payload or len(payload) > MAX_PACKET_BYTES:
        return 0
    code = payload[0] & 3
    if code == 3:
        if len(payload) < 2:
            return 0
        frames = payload[1] & 0x3F
    else:
        frames = 1 if code == 0 else 2
    samples = frames * _frame_samples(payload[0])
    return samples if samples <= MAX_PACKET_SAMPLES else 0


def has_fec(payload: bytes) -> bool:
    """Return whether a packet of one frame carries the previous frame once more.

    The bit of LBRR follows those of voice activity, one a 20 ms, and both are coded at a probability of one half, so
    that they stand in plain sight (RFC 6716, 4.2.3). Packets of several Opus frames are answered with no.
    """
    if len(payload) < 2 or payload[0] >> 3 >= _FIRST_CELT or payload[0] & 3:
        return False
    silk_frames = max(1, _frame_samples(payload[0]) // 960)
    is_stereo = bool(payload[0] & 4)
    middle = payload[1] >> (7 - silk_frames) & 1
    side = payload[1] >> (6 - 2 * silk_frames) & 1 if is_stereo else 0
    return bool(middle | side)


def is_quiet(payload: bytes) -> bool:
    """Return whether a packet stands for silence: DTX, or the frame that Discord's clients end a talk spurt with."""
    return len(payload) <= MAX_QUIET_BYTES or payload == SILENCE


def _frame_samples(toc: int) -> int:
    config = toc >> 3
    if config < _FIRST_HYBRID:
        return _SILK_SAMPLES[config & 3]
    if config < _FIRST_CELT:
        return _HYBRID_SAMPLES[config & 1]
    return _CELT_SAMPLES[config & 3]
