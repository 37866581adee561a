"""How long a sound file plays: MP3 and Ogg (Opus or Vorbis), looked at without decoding it."""

import msgspec

from tuichat.errors import TuichatError

MPEG, OGG = "audio/mpeg", "audio/ogg"
OPUS_RATE_HZ = 48_000  # RFC 7845, 4: granule positions count at this rate, whatever was recorded
_SYNC = 0xFFE0
_LAYER_III = 1
_MPEG_1 = 3
_RATES_HZ = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}  # ISO 11172-3, 13818-3
_KBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_PAGE_HEADER_BYTES = 27  # RFC 3533, 6
_NO_GRANULE = (1 << 64) - 1  # no packet ends on the page


class SoundRefused(TuichatError):
    """What was given is no sound that can be kept."""


class SoundClip(msgspec.Struct, frozen=True):
    """A sound: its media type, and how long it plays."""

    content_type: str
    duration_ms: int


def inspect(content: bytes) -> SoundClip:
    """Say what sound this is. Raises SoundRefused for what is neither MP3 nor Ogg Opus or Vorbis, or has no sound in it."""
    if content.startswith(b"OggS"):
        return SoundClip(OGG, _ogg_ms(content))
    duration_ms = _mp3_ms(content)
    if not duration_ms:
        raise SoundRefused("The sound must be an MP3 or an Ogg file (Opus or Vorbis).")
    return SoundClip(MPEG, duration_ms)


def _mp3_ms(content: bytes) -> int:
    """Add up the frames of layer III; what stands between them is passed over, as players do."""
    position = _after_id3(content)
    seconds = 0.0
    while position + 4 <= len(content):
        frame = _mp3_frame(content, position)
        if frame is None:
            position = content.find(b"\xff", position + 1)
            if position < 0:
                break
            continue
        length, duration_s = frame
        seconds += duration_s
        position += length
    return round(seconds * 1000)


def _mp3_frame(content: bytes, position: int) -> tuple[int, float] | None:
    """The length in bytes and the duration in seconds of the frame that begins here; None where none does."""
    head = int.from_bytes(content[position : position + 4], "big")
    version, layer = head >> 19 & 3, head >> 17 & 3
    kbits, rate = head >> 12 & 15, head >> 10 & 3
    if head >> 16 & _SYNC != _SYNC or layer != _LAYER_III or version not in _RATES_HZ or not 0 < kbits < 15 or rate > 2:
        return None
    rate_hz = _RATES_HZ[version][rate]
    samples = 1152 if version == _MPEG_1 else 576
    bits_s = (_KBITS_1 if version == _MPEG_1 else _KBITS_2)[kbits] * 1000
    return samples // 8 * bits_s // rate_hz + (head >> 9 & 1), samples / rate_hz


def _after_id3(content: bytes) -> int:
    """Where the sound begins behind an ID3v2 tag, whose size has seven bits a byte."""
    if not content.startswith(b"ID3") or len(content) < 10:
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _ogg_ms(content: bytes) -> int:
    """Where the last page of the first stream ends, by its granule position."""
    head = _packet(content, 0)
    if head.startswith(b"OpusHead") and len(head) >= 19:
        rate_hz, skipped = OPUS_RATE_HZ, int.from_bytes(head[10:12], "little")
    elif head.startswith(b"\x01vorbis") and len(head) >= 16:
        rate_hz, skipped = int.from_bytes(head[12:16], "little"), 0
    else:
        raise SoundRefused("The Ogg file must hold Opus or Vorbis.")
    serial, last, position = content[14:18], 0, 0
    while position >= 0:
        page = content[position : position + _PAGE_HEADER_BYTES]
        if len(page) < _PAGE_HEADER_BYTES:
            break
        granule = int.from_bytes(page[6:14], "little")
        if page[14:18] == serial and granule != _NO_GRANULE:
            last = max(last, granule)
        position = content.find(b"OggS", position + _page_bytes(content, position))
    if rate_hz <= 0 or last <= skipped:
        raise SoundRefused("There is no sound in the file.")
    return (last - skipped) * 1000 // rate_hz


def _packet(content: bytes, position: int) -> bytes:
    """What the page that begins here carries."""
    segments = content[position + 26] if len(content) > position + 26 else 0
    return content[position + _PAGE_HEADER_BYTES + segments : position + _page_bytes(content, position)]


def _page_bytes(content: bytes, position: int) -> int:
    segments = content[position + 26] if len(content) > position + 26 else 0
    table = content[position + _PAGE_HEADER_BYTES : position + _PAGE_HEADER_BYTES + segments]
    return _PAGE_HEADER_BYTES + segments + sum(table)
