"""A signal that behaves as speech does, for tests that may install no synthesiser."""

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 48_000
FORMANTS_HZ = ((700, 1200, 2600), (300, 2300, 3000), (500, 900, 2400), (450, 1700, 2500), (350, 800, 2300))


def speech_like(seconds: float, seed: int = 1) -> NDArray[np.float32]:
    """Return syllables of a gliding voice with vowels' formants, hisses between them, and pauses between words."""
    random = np.random.default_rng(seed)
    pieces: list[NDArray[np.float64]] = []
    samples = 0
    while samples < seconds * RATE_HZ:
        for _ in range(random.integers(2, 5)):
            pieces += [_hiss(random), _vowel(random)]
        pieces.append(random.normal(0, 1e-4, int(random.uniform(0.15, 0.5) * RATE_HZ)))
        samples = sum(len(piece) for piece in pieces)
    sound = np.concatenate(pieces)[: int(seconds * RATE_HZ)]
    return np.asarray(0.3 * sound / np.abs(sound).max(), np.float32)


def _vowel(random: np.random.Generator) -> NDArray[np.float64]:
    length = int(random.uniform(0.12, 0.25) * RATE_HZ)
    pitch_hz = np.linspace(random.uniform(95, 150), random.uniform(95, 150), length)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
    formants = FORMANTS_HZ[random.integers(len(FORMANTS_HZ))]
    sound = np.zeros(length)
    for harmonic in range(1, 40):
        frequency_hz = 120 * harmonic
        gain = sum(1 / (1 + ((frequency_hz - formant) / 120) ** 2) for formant in formants) + 0.01
        sound += gain / harmonic**0.5 * np.sin(harmonic * phase)
    return np.asarray(sound / np.abs(sound).max() * _swell(length))


def _hiss(random: np.random.Generator) -> NDArray[np.float64]:
    length = int(random.uniform(0.04, 0.09) * RATE_HZ)
    noise = np.diff(random.normal(0, 1, length + 1))
    return np.asarray(0.08 * noise / np.abs(noise).max() * _swell(length))


def _swell(length: int) -> NDArray[np.float64]:
    edge = min(length // 3, 960)
    swell = np.ones(length)
    swell[:edge] = np.sin(np.linspace(0, np.pi / 2, edge)) ** 2
    swell[-edge:] = swell[:edge][::-1]
    return swell
