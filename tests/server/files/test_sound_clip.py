"""How long a sound file plays, told without decoding it."""

import contextlib
from importlib.resources import files

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.server.files.sounds_made import MP3_FRAME, mp3, ogg_opus, ogg_page
from tuichat.server.files.sound_clip import MPEG, OGG, SoundClip, SoundRefused, inspect

ID3 = b"ID3\x04\x00\x00\x00\x00\x01\x00" + bytes(128)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (mp3(39), SoundClip(MPEG, 1019)),
        (mp3(39, ID3), SoundClip(MPEG, 1019)),
        (mp3(39) + b"TAG" + bytes(125), SoundClip(MPEG, 1019)),
        (MP3_FRAME * 20 + b"\xff\xff garbage" + MP3_FRAME * 19, SoundClip(MPEG, 1019)),
        (ogg_opus(48_000), SoundClip(OGG, 1000)),
        (ogg_opus(24_000, skipped=0) + ogg_page(b"another stream", 10**9, serial=8), SoundClip(OGG, 500)),
    ],
)
def test_a_sound_tells_its_type_and_duration(content: bytes, expected: SoundClip) -> None:
    assert inspect(content) == expected


@pytest.mark.parametrize(
    "content",
    [b"", b"RIFF....WAVEfmt ", b"\xff\xfb", ID3, b"OggS", ogg_page(b"\x80theora", 5), ogg_opus(0), b"<html>" * 100],
)
def test_what_is_no_sound_is_refused(content: bytes) -> None:
    with pytest.raises(SoundRefused):
        inspect(content)


@given(st.binary(max_size=600), st.sampled_from([b"", b"OggS", MP3_FRAME, ogg_opus(480), ID3]))
@example(b"\xff\xfb\x90", b"")
def test_any_bytes_are_told_or_refused(content: bytes, before: bytes) -> None:
    with contextlib.suppress(SoundRefused):
        assert inspect(before + content).duration_ms >= 0


@pytest.mark.parametrize("name", ["chime", "ba_dum_tss", "air_horn", "sad_horn", "crickets", "applause"])
def test_the_default_sounds_are_as_short_as_others_have_to_be(name: str) -> None:
    clip = inspect(files("tuichat.server").joinpath("sounds", f"{name}.ogg").read_bytes())
    assert clip.content_type == OGG
    assert 500 < clip.duration_ms < 5200
