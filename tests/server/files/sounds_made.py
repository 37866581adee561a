"""Sound files for tests: MP3 frames and Ogg pages with nothing in them but their headers."""

import base64
import struct

MP3_FRAME = b"\xff\xfb\x90\x00" + bytes(413)  # MPEG 1, layer III, 128 kbit/s, 44.1 kHz: 1152 samples in 417 bytes


def mp3(frames: int, before: bytes = b"") -> bytes:
    return before + MP3_FRAME * frames


def ogg_page(content: bytes, granule: int, serial: int = 7) -> bytes:
    table = bytes([255] * (len(content) // 255) + [len(content) % 255])
    return b"OggS\0\0" + struct.pack("<QIIIB", granule, serial, 0, 0, len(table)) + table + content


def ogg_opus(samples: int, skipped: int = 312) -> bytes:
    head = b"OpusHead\x01\x01" + struct.pack("<HIhB", skipped, 48_000, 0, 0)
    return ogg_page(head, 0) + ogg_page(b"OpusTags" + bytes(8), 0) + ogg_page(bytes(400), samples + skipped)


def sound_uri(content: bytes, kind: str = "audio/mpeg") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
