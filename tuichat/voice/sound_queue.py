"""Sound that waits to be played, joined without a step wherever its parts do not follow each other."""

import numpy as np

from tuichat.voice.codec import Samples
from tuichat.voice.time_stretch import OVERLAP, crossfade


class SoundQueue:
    """Takes sound in pieces of any length and gives it in others. Begins in silence.

    `capacity` is in samples for each channel; what would be over it drops all that waits.
    """

    def __init__(self, capacity: int, channels: int) -> None:
        shape = (capacity,) if channels == 1 else (capacity, channels)
        self._sound: Samples = np.zeros(shape, np.float32)
        self.silence: Samples = np.zeros(shape, np.float32)
        self._start = self._end = 0
        self._ending: Samples | None = self.silence[:OVERLAP]
        """What would have followed the last sample, where what does follow is something else."""

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def is_at_rest(self) -> bool:
        """Whether the last of what was put in is silence."""
        return self._ending is not None

    def leave_out(self, sound: Samples) -> None:
        """Hear what would have followed, but is not to be played: what comes instead is led over to."""
        if self._ending is None and len(sound):
            self._ending = sound[:OVERLAP].copy()

    def put(self, sound: Samples) -> None:
        """Add sound."""
        length = len(sound)
        if not length:
            return
        if self._end + length > len(self._sound):
            self._make_room(length)
        place = self._sound[self._end : self._end + length]
        place[:] = sound
        if self._ending is not None:
            joint = min(length, len(self._ending))
            place[:joint] = crossfade(self._ending[:joint], sound[:joint])
            self._ending = None
        self._end += length

    def put_silence(self, samples: int) -> None:
        self.put(self.silence[:samples])
        self._ending = self.silence[:OVERLAP]

    def fade_out(self) -> None:
        """Let the last of what waits end in silence."""
        length = min(OVERLAP, len(self))
        tail = self._sound[self._end - length : self._end]
        tail[:] = crossfade(tail, self.silence[:length])
        self._ending = self.silence[:OVERLAP]

    def get(self, samples: int) -> Samples:
        """Return the first so many samples, good until the next call of anything here."""
        sound = self._sound[self._start : self._start + samples]
        self._start += len(sound)
        return sound

    def _make_room(self, length: int) -> None:
        held = len(self)
        self._sound[:held] = self._sound[self._start : self._end]
        self._start, self._end = 0, held
        if held + length > len(self._sound):
            self._end = 0
