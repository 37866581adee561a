"""How well what was recorded is what was said."""

import subprocess
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from tuichat.voice.loudness import Pcm


def quality(said: Pcm, heard: Pcm) -> float:
    pesq = pytest.importorskip("pesq", reason="pesq is not installed: make test installs it where a compiler is")
    return float(pesq.pesq(16_000, resampled(said, 16_000), resampled(aligned(heard, said), 16_000), "wb"))


def resampled(samples: Pcm, rate_hz: int) -> Pcm:
    """Return samples of 48 kHz at another rate, by sox."""
    done = subprocess.run(
        [
            *("sox", "-t", "raw", "-r", "48000", "-e", "signed", "-b", "16", "-c", "1", "-"),
            *("-t", "raw", "-r", str(rate_hz), "-e", "signed", "-b", "16", "-c", "1", "-"),
        ],
        input=samples.tobytes(),
        capture_output=True,
        check=True,
        timeout=20,
    )
    return np.frombuffer(done.stdout, np.int16)


def aligned(heard: Pcm, said: Pcm) -> Pcm:
    """Return the part of a recording that is what was said, found by correlation."""
    size = 1 << (heard.size + said.size).bit_length()
    spectrum = np.fft.rfft(heard.astype(np.float32), size) * np.conj(np.fft.rfft(said.astype(np.float32), size))
    likeness = np.fft.irfft(spectrum, size)
    place = int(np.argmax(likeness[: heard.size]))
    return heard[place : place + said.size]


def likeness(heard: Pcm, said: Pcm) -> float:
    """Return how like each part of what was said is to the best of a recording's places near its own, 0 to 1.

    A part at a time, since the receiver shifts words by some milliseconds in their pauses.
    """
    part, reach = 12_000, 7_200
    first = int(np.argmax(_correlation(heard, said)))
    found = []
    for at in range(0, said.size - part, part):
        words = said[at : at + part].astype(np.float64)
        if np.abs(words).max() < 3000:
            continue
        around = heard[max(first + at - reach, 0) : first + at + part + reach].astype(np.float64)
        energy = np.cumsum(np.concatenate(([0.0], around**2)))
        norms = np.sqrt(np.maximum(energy[part:] - energy[:-part], 1.0)) * np.linalg.norm(words)
        found.append(float(np.max(_correlation(around, words)[: norms.size] / norms)))
    return float(np.median(found))


def _correlation(heard: NDArray[Any], said: NDArray[Any]) -> NDArray[np.float64]:
    size = 1 << (heard.size + said.size).bit_length()
    spectrum = np.fft.rfft(heard.astype(np.float64), size) * np.conj(np.fft.rfft(said.astype(np.float64), size))
    return np.asarray(np.fft.irfft(spectrum, size)[: heard.size])
