"""Voices are added up under full scale, and volumes glide."""

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from tuichat.voice.mixer import Gain, Limiter


def tone(amplitude: float, samples: int = 480, hz: float = 400) -> NDArray[np.float32]:
    return (amplitude * np.sin(2 * np.pi * hz * np.arange(samples) / 48_000)).astype(np.float32)


def test_volume_glides_to_where_it_is_set() -> None:
    gain, ones = Gain(), np.ones(480, np.float32)
    gain.wanted = 2.0
    mix = np.zeros(480, np.float32)
    gain.add(ones, mix)
    assert mix[0] == 1
    assert mix[-1] == 2
    assert np.abs(np.diff(mix)).max() < 0.003
    mix = np.zeros(480, np.float32)
    gain.add(ones, mix)
    assert np.all(mix == 2)


def test_nothing_is_heard_at_volume_nought() -> None:
    gain = Gain(0.0)
    mix = np.zeros(480, np.float32)
    gain.add(tone(1), mix)
    assert not mix.any()


def test_quiet_mix_is_left_as_it_is() -> None:
    sound = tone(0.9)
    assert np.array_equal(Limiter().limit(sound.copy()), sound)


@pytest.mark.parametrize("amplitude", [0.99, 1.5, 3.0])
def test_loud_mix_stays_under_full_scale_without_a_step(amplitude: float) -> None:
    limiter = Limiter()
    sound = tone(amplitude, 48_000)
    limited = np.concatenate([limiter.limit(block.copy()) for block in sound.reshape(-1, 480)])
    assert np.abs(limited).max() <= 1
    assert np.abs(np.diff(limited)).max() < 0.2, "a steep wave, but no cut"
    later = limited[4800:]
    assert np.corrcoef(later, sound[4800:])[0, 1] > 0.999, "turned down, not bent"


def test_volume_comes_back_slowly() -> None:
    limiter = Limiter()
    limiter.limit(tone(3.0))
    levels = [float(np.abs(limiter.limit(tone(0.3))).max()) for _ in range(200)]
    assert levels[0] < 0.12
    assert levels[-1] == pytest.approx(0.3, abs=0.001)
    assert max(after / before for before, after in itertools.pairwise(levels)) < 1.03


def test_stereo_is_turned_down_together() -> None:
    loud = np.stack([tone(2.0), tone(0.5)], axis=1)
    limiter = Limiter()
    for _ in range(3):
        limited = limiter.limit(loud.copy())
    assert limited[:, 1].max() == pytest.approx(limited[:, 0].max() / 4, rel=0.02)


def test_empty_mix() -> None:
    assert len(Limiter().limit(np.zeros(0, np.float32))) == 0
