"""What stands in for sound that did not come: first what is known of it, then a guess, then silence."""

import enum
from typing import Final

from tuichat.protocol.rtp import FRAME_SAMPLES

MAX_GUESS_SAMPLES: Final = 3 * FRAME_SAMPLES  # then the guess is a hum that nobody said


class Mend(enum.Enum):
    """How to fill a place."""

    RECOVER = enum.auto()
    """From what the packet behind it says of it."""
    GUESS = enum.auto()
    """By the decoder, from what came before."""
    LAST_GUESS = enum.auto()
    """The same, fading out."""
    SILENCE = enum.auto()


class Concealment:
    """Counts how long the guessing has gone on for one speaker."""

    def __init__(self) -> None:
        self._guessed_samples = 0

    def mend(self, samples: int, *, is_known: bool) -> Mend:
        """Return how to fill the next so many samples."""
        if is_known:
            self._guessed_samples = 0
            return Mend.RECOVER
        if self._guessed_samples >= MAX_GUESS_SAMPLES:
            return Mend.SILENCE
        self._guessed_samples += samples
        return Mend.LAST_GUESS if self._guessed_samples >= MAX_GUESS_SAMPLES else Mend.GUESS

    def hear(self) -> None:
        """Begin anew: something real was played."""
        self._guessed_samples = 0
