"""Our own sounds: there are all of them, none clicks, and the ringing ones ring until stopped."""

from typing import get_args

import numpy as np
import pytest

from tuichat.voice.audio_protocol import Sound
from tuichat.voice.sounds import MAX_PLAYING, PERIOD_MS, SoundPlayer, synthesise

NAMES: tuple[Sound, ...] = get_args(Sound)


@pytest.mark.parametrize("name", NAMES)
def test_a_sound_is_heard_fades_in_and_out_and_does_not_clip(name: Sound) -> None:
    wave = synthesise(name)
    assert 0.05 < np.abs(wave).max() < 0.9
    assert abs(wave[0]) < 0.01
    assert abs(wave[-1]) < 0.01
    assert np.abs(np.diff(wave)).max() < 0.1, "a click"


def test_sounds_are_told_apart() -> None:
    assert len({synthesise(name).tobytes() for name in NAMES}) == len(NAMES)


def test_a_sound_ends_and_then_nothing_is_rendered() -> None:
    player = SoundPlayer()
    player.play("join")
    rendered = []
    while (part := player.render(480)) is not None:
        rendered.append(part)
    played = np.concatenate(rendered)
    wave = synthesise("join")
    assert np.array_equal(played[: wave.size], wave)
    assert not played[wave.size :].any()
    assert not player.is_playing


def test_a_ring_goes_on_until_stopped() -> None:
    player = SoundPlayer()
    player.play("ring")
    player.play("ring")  # rings once all the same
    periods = 2 * PERIOD_MS["ring"] // 10
    played = np.concatenate([part for _ in range(periods) if (part := player.render(480)) is not None])
    wave = synthesise("ring")
    assert np.array_equal(played, np.concatenate((wave, wave)))
    player.stop_repeating()
    assert player.render(480) is None


def test_volume_scales_and_sounds_add() -> None:
    player = SoundPlayer()
    player.play("mute", 50)
    player.play("mute", 150)
    mixed = player.render(4800)
    assert mixed is not None
    assert np.allclose(mixed, 2 * synthesise("mute")[:4800], atol=1e-6)


def test_samples_of_a_soundboard_are_played_and_bounded_in_number() -> None:
    player = SoundPlayer()
    for _ in range(MAX_PLAYING + 5):
        player.play_samples((np.full(960, 1638, "<i2")).tobytes() + b"\x01", 100)
    mixed = player.render(480)
    assert mixed is not None
    assert np.allclose(mixed, MAX_PLAYING * 1638 / 32768)
