"""How loud samples are, in dB of full scale."""

import math

import numpy as np
from numpy.typing import NDArray

from tuichat.voice.audio_protocol import SILENCE_DB

FULL_SCALE = 32768.0

Pcm = NDArray[np.int16]
"""Sound of one channel, signed 16 bit."""


def decibels(amplitude: float) -> float:
    """Return the level of an amplitude, where 1.0 is full scale."""
    return max(SILENCE_DB, 20 * math.log10(amplitude)) if amplitude > 0 else SILENCE_DB


def rms_db(samples: Pcm) -> float:
    """Return the mean level, which is what a gate listens to."""
    if not samples.size:
        return SILENCE_DB
    as_float = samples.astype(np.float32)
    return decibels(math.sqrt(float(np.dot(as_float, as_float)) / samples.size) / FULL_SCALE)


def peak_db(samples: Pcm) -> float:
    """Return the level of the greatest sample."""
    if not samples.size:
        return SILENCE_DB
    return decibels(max(int(samples.max()), -int(samples.min())) / FULL_SCALE)


def amplified(samples: Pcm, percent: int) -> Pcm:
    """Return samples at so many percent of their amplitude, held at full scale."""
    if percent == 100:
        return samples
    louder = np.clip(samples.astype(np.float32) * (percent / 100), -FULL_SCALE, FULL_SCALE - 1)
    result: Pcm = louder.astype(np.int16)
    return result
