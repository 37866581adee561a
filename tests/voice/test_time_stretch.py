"""Sound is made shorter and longer by periods of its pitch, without a step."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tuichat.voice.time_stretch import OVERLAP, crossfade, lengthened, shortened

TIMES = np.arange(960) / 48_000


def voice(pitch_hz: float) -> NDArray[np.float32]:
    harmonics = [np.sin(2 * np.pi * pitch_hz * number * TIMES) / number for number in range(1, 8)]
    return np.asarray(0.2 * np.sum(harmonics, axis=0), np.float32)


@pytest.mark.parametrize("pitch_hz", [90, 130, 210, 320])
def test_voice_loses_whole_periods(pitch_hz: float) -> None:
    sound = voice(pitch_hz)
    changed = shortened(sound, 700)
    assert changed is not None
    periods = (len(sound) - len(changed)) * pitch_hz / 48_000
    assert periods == pytest.approx(round(periods), abs=0.05)
    assert np.abs(np.diff(changed)).max() <= 1.2 * np.abs(np.diff(sound)).max()


@pytest.mark.parametrize("pitch_hz", [90, 130, 210, 320])
def test_voice_gains_whole_periods(pitch_hz: float) -> None:
    sound = voice(pitch_hz)
    changed = lengthened(sound, 700)
    assert changed is not None
    periods = (len(changed) - len(sound)) * pitch_hz / 48_000
    assert periods == pytest.approx(round(periods), abs=0.05)
    assert np.abs(np.diff(changed)).max() <= 1.2 * np.abs(np.diff(sound)).max()


def test_ends_stay_as_they_are() -> None:
    sound = voice(130)
    for changed in (shortened(sound, 700), lengthened(sound, 700)):
        assert changed is not None
        assert changed[0] == pytest.approx(sound[0], abs=1e-4)
        assert np.array_equal(changed[-200:], sound[-200:])


def test_silence_is_cut_as_asked() -> None:
    silence = np.zeros(960, np.float32)
    for change, length in ((shortened, 960 - 500), (lengthened, 960 + 500)):
        changed = change(silence, 500)
        assert changed is not None
        assert len(changed) == length


def test_noise_is_left_alone() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 960).astype(np.float32)
    assert shortened(noise, 700) is None
    assert lengthened(noise, 700) is None


@pytest.mark.parametrize(("length", "most"), [(960, 100), (300, 700), (0, 700)])
def test_what_is_too_short_is_left_alone(length: int, most: int) -> None:
    assert shortened(np.zeros(length, np.float32), most) is None


def test_stereo_stays_together() -> None:
    sound = np.stack([voice(130), 0.5 * voice(130)], axis=1)
    changed = shortened(sound, 700)
    assert changed is not None
    assert np.allclose(changed[:, 1], 0.5 * changed[:, 0], atol=1e-6)


@pytest.mark.parametrize("length", [1, 100, OVERLAP])
def test_crossfade_leads_from_one_to_the_other(length: int) -> None:
    passage = crossfade(np.ones(length, np.float32), np.zeros(length, np.float32))
    assert passage[0] == pytest.approx(1, abs=1e-6)
    assert np.all(np.diff(passage) <= 1e-6)
    if length > 1:
        assert passage[-1] == pytest.approx(0, abs=1e-6)
