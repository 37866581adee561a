"""The chirp that measures the delay from speaker to microphone is found where it is, and nowhere else."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.voice.speech import speech_like
from tuichat.voice.sound_test import CHIRP_SAMPLES, RATE_HZ, chirp, find_chirp

BEGINS = 9000


def with_chirp(background: NDArray[np.float32], loudness: float) -> NDArray[np.float32]:
    """Return a recording with the chirp, and its echo from the wall, in it."""
    heard = background.copy()
    for begins, share in ((BEGINS, 1.0), (BEGINS + 300, 0.5)):
        heard[begins : begins + CHIRP_SAMPLES] += chirp() * loudness * share
    return heard


@pytest.mark.parametrize("loudness", [1.0, 0.1, 0.01])
def test_it_is_found_in_a_quiet_room(loudness: float) -> None:
    room = np.random.default_rng(1).normal(0, 0.0005, 2 * RATE_HZ).astype(np.float32)
    assert find_chirp(with_chirp(room, loudness)) == BEGINS


def test_it_is_found_under_words() -> None:
    words = speech_like(2).astype(np.float32)
    assert find_chirp(with_chirp(words / np.abs(words).max() / 2, 1.0)) == BEGINS


def test_words_are_not_taken_for_it() -> None:
    """Also where their best place stands out, as that of a single word between pauses does."""
    words = speech_like(2).astype(np.float32)
    assert find_chirp(words) is None
    for begins in range(0, words.size - RATE_HZ // 3, RATE_HZ // 10):
        alone = np.zeros(2 * RATE_HZ, np.float32)
        alone[begins : begins + RATE_HZ // 3] = words[begins : begins + RATE_HZ // 3]
        assert find_chirp(alone) is None
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * RATE_HZ).astype(np.float32)
    assert find_chirp(noise) is None


def test_silence_and_too_little_hold_none() -> None:
    assert find_chirp(np.zeros(RATE_HZ, np.float32)) is None
    assert find_chirp(chirp()[:-1]) is None
