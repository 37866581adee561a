"""Adds voices up without ever going over full scale, and changes no volume at a step."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tuichat.voice.codec import Samples

CEILING: Final = 0.98
ATTACK_SAMPLES: Final = 120  # 2.5 ms; what is too loud until then is bent, not cut
RELEASE: Final = 1.012  # 0.1 dB each 10 ms, back to full volume
KNEE: Final = 0.8  # above it loudness is bent towards the ceiling


class Gain:
    """A volume that glides to where it is set within one block of sound."""

    def __init__(self, gain: float = 1.0) -> None:
        self._now = gain
        self.wanted = gain

    def add(self, sound: Samples, mix: Samples) -> None:
        """Add a sound to a mix of the same shape, at this volume."""
        if self._now == self.wanted:
            if self._now == 1.0:
                mix += sound
            elif self._now:
                mix += sound * np.float32(self._now)
            return
        mix += sound * ramp(self._now, self.wanted, sound)
        self._now = self.wanted


class Limiter:
    """Turns a mix down where it would be over full scale, quickly, and up again slowly."""

    def __init__(self) -> None:
        self._gain = 1.0

    def limit(self, mix: Samples) -> Samples:
        """Return the mix between -1 and 1; changes its argument."""
        peak = float(np.abs(mix).max()) if mix.size else 0.0
        if peak <= CEILING and self._gain == 1.0:
            return mix
        wanted = min(1.0, CEILING / peak if peak > CEILING else 1.0, self._gain * RELEASE)
        attack = min(ATTACK_SAMPLES, len(mix))
        if wanted < self._gain:
            mix[:attack] *= ramp(self._gain, wanted, mix[:attack])
            mix[attack:] *= np.float32(wanted)
            mix[:attack] = bent(mix[:attack])
        else:
            mix *= ramp(self._gain, wanted, mix)
        self._gain = wanted
        return mix


def bent(sound: Samples) -> Samples:
    """Return the sound with all that is over KNEE bent to stay under 1, smoothly, or as it is where nothing is over 1."""
    loud = np.abs(sound)
    if float(loud.max()) <= 1:
        return sound
    room = 1 - KNEE
    over = np.maximum(loud - KNEE, 0) / room
    return np.where(loud > KNEE, np.sign(sound) * (KNEE + room * np.tanh(over)), sound).astype(np.float32)


def ramp(start: float, stop: float, like: Samples) -> NDArray[np.float32]:
    """Return factors that lead from one volume to another over a sound's length."""
    factors = np.linspace(start, stop, len(like), dtype=np.float32)
    return factors[:, None] if like.ndim == 2 else factors
