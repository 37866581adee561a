"""Makes sound shorter or longer by one period of its own pitch, which is not heard (overlap-add at the best match)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tuichat.voice.codec import Samples

OVERLAP: Final = 240  # 5 ms
SHORTEST: Final = 120  # 2.5 ms: the period of 400 Hz, the highest voices
STEP: Final = 4  # samples: where the pitch is looked for at 12 kHz
QUIET: Final = 10 ** (-50 / 20)  # root mean square of what may be cut anywhere
ALIKE: Final = 0.85  # correlation of what may be laid over each other while somebody speaks

_RISE: Final[Samples] = np.square(np.sin(np.linspace(0, np.pi / 2, OVERLAP, dtype=np.float32)))


def crossfade(old: Samples, new: Samples) -> Samples:
    """Return a passage from `old` to `new`, which are as long as each other."""
    length = len(new)
    rise = _RISE if length == OVERLAP else np.square(np.sin(np.linspace(0, np.pi / 2, length, dtype=np.float32)))
    if new.ndim == 2:
        rise = rise[:, None]
    return np.asarray(old + (new - old) * rise, np.float32)


def is_quiet(sound: Samples) -> bool:
    flat = sound.reshape(-1)
    return float(np.dot(flat, flat)) < QUIET * QUIET * len(flat)


def shortened(sound: Samples, most_samples: int, *, alike: float = ALIKE) -> Samples | None:
    """Return the sound without 120 to `most_samples` of it, or None where that would be heard."""
    lag = _lag(sound, most_samples, alike)
    if not lag:
        return None
    joint = crossfade(sound[:OVERLAP], sound[lag : lag + OVERLAP])
    return np.concatenate([joint, sound[lag + OVERLAP :]])


def lengthened(sound: Samples, most_samples: int, *, alike: float = ALIKE) -> Samples | None:
    """Return the sound with 120 to `most_samples` of it played twice, or None where that would be heard."""
    lag = _lag(sound, most_samples, alike)
    if not lag:
        return None
    joint = crossfade(sound[lag : lag + OVERLAP], sound[:OVERLAP])
    return np.concatenate([sound[:lag], joint, sound[OVERLAP:]])


def _lag(sound: Samples, most_samples: int, alike: float) -> int:
    """Return by how much the sound may be moved over itself, 0 where nothing fits."""
    longest = min(most_samples, len(sound) - OVERLAP)
    if longest < SHORTEST:
        return 0
    if is_quiet(sound):
        return longest
    mono = sound if sound.ndim == 1 else sound.mean(axis=1)
    lag, likeness = _best_match(mono, longest)
    return lag if likeness >= alike else 0


def _best_match(mono: NDArray[np.float32], longest: int) -> tuple[int, float]:
    coarse = mono[: len(mono) // STEP * STEP].reshape(-1, STEP).mean(axis=1)
    width = OVERLAP // STEP
    template = coarse[:width]
    searched = coarse[SHORTEST // STEP : longest // STEP + width]
    products = np.correlate(searched, template, "valid")
    energies = np.convolve(np.square(searched), np.ones(width, np.float32), "valid")
    likeness = products / np.sqrt(energies * np.dot(template, template) + 1e-12)
    best = int(likeness.argmax())
    return min(SHORTEST + best * STEP, longest), float(likeness[best])
