"""Sound files of strangers become samples, or nothing: in a process of their own."""

import struct
from importlib.resources import files
from pathlib import Path

import pytest

from tuichat.client.errors import RefusedError
from tuichat.client.soundboard import read_sound, samples_of
from tuichat.voice.sound_file import MAX_MS, RATE_HZ, decode

SOUNDS = files("tuichat.server").joinpath("sounds")


def wave(rate_hz: int, seconds: float, channels: int = 1) -> bytes:
    """Return a WAV file of a square wave."""
    count = int(rate_hz * seconds)
    body = b"".join(struct.pack("<h", 8000 if place // 50 % 2 else -8000) * channels for place in range(count))
    head = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + len(body), b"WAVE", b"fmt ", 16, 1, channels, rate_hz, 0, 2 * channels, 16
    )
    return head + struct.pack("<4sI", b"data", len(body)) + body


def test_the_sounds_that_every_server_has_are_decoded() -> None:
    for file in SOUNDS.iterdir():
        if file.name.endswith(".ogg"):
            samples = decode(file.read_bytes())
            assert 0 < len(samples) // 2 <= RATE_HZ * MAX_MS // 1000
            assert any(samples)


@pytest.mark.parametrize(("rate_hz", "channels"), [(48_000, 1), (44_100, 2), (8_000, 1)])
def test_any_rate_becomes_48_khz_and_one_channel(rate_hz: int, channels: int) -> None:
    assert len(decode(wave(rate_hz, 0.5, channels))) == RATE_HZ


def test_a_long_sound_ends_after_what_a_soundboard_takes() -> None:
    assert len(decode(wave(8_000, 9.0))) // 2 == RATE_HZ * MAX_MS // 1000


@pytest.mark.parametrize("content", [b"", b"OggS", b"no sound at all" * 100, wave(8_000, 0.0), wave(1, 3.0)])
def test_what_is_no_sound_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(content)


async def test_another_process_decodes_and_refuses(tmp_path: Path) -> None:
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_bytes(wave(8_000, 0.1))
    bad.write_bytes(b"OggS" * 1000)
    assert len(await samples_of(good)) == RATE_HZ // 10 * 2
    with pytest.raises(RefusedError, match="decoded"):
        await samples_of(bad)


def test_only_small_mp3_and_ogg_files_are_sent(tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.write_bytes(b"OggS...")
    assert read_sound(path) == "data:audio/ogg;base64,T2dnUy4uLg=="
    path.write_bytes(wave(8_000, 0.1))
    with pytest.raises(RefusedError, match="neither"):
        read_sound(path)
    path.write_bytes(b"OggS" + bytes(600_000))
    with pytest.raises(RefusedError, match="512 KiB"):
        read_sound(path)
    with pytest.raises(RefusedError, match="read"):
        read_sound(tmp_path / "gone")
