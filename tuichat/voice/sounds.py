"""The program's own sounds, made of a few sine tones, and the player that mixes them in."""

from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuichat.voice.audio_protocol import Sound

RATE_HZ: Final = 48_000
MAX_PLAYING: Final = 8  # more at once is noise; the oldest gives way
FADE_SAMPLES: Final = 480  # 10 ms, so that nothing clicks

Wave = NDArray[np.float32]


class Tone(NamedTuple):
    """A sine that dies away; `start_ms` counts from the sound's beginning."""

    hz: float
    start_ms: int
    length_ms: int
    amplitude: float = 0.18


# All of taste. What goes up says "on", what goes down says "off"; a ring is a sixth, twice.
TONES: Final[dict[Sound, tuple[Tone, ...]]] = {
    "join": (Tone(523.25, 0, 140), Tone(783.99, 90, 220)),
    "leave": (Tone(783.99, 0, 140), Tone(523.25, 90, 220)),
    "mute": (Tone(440.0, 0, 90), Tone(329.63, 60, 130)),
    "unmute": (Tone(329.63, 0, 90), Tone(440.0, 60, 130)),
    "deafen": (Tone(392.0, 0, 90), Tone(261.63, 60, 180)),
    "undeafen": (Tone(261.63, 0, 90), Tone(392.0, 60, 180)),
    "ring": tuple(Tone(hz, at, 320) for at in (0, 340, 900, 1240) for hz in (659.25, 1046.5)),
    "calling": (Tone(440.0, 0, 900, 0.1), Tone(480.0, 0, 900, 0.1)),
    "ended": (Tone(392.0, 0, 160), Tone(329.63, 130, 160), Tone(261.63, 260, 320)),
}
PERIOD_MS: Final[dict[Sound, int]] = {"ring": 3000, "calling": 3000}
"""The sounds that repeat, and how often."""


@cache
def synthesise(name: Sound) -> Wave:
    """Return a sound at 48 kHz; of one that repeats, a whole period."""
    tones = TONES[name]
    length_ms = PERIOD_MS.get(name, max(tone.start_ms + tone.length_ms for tone in tones))
    wave = np.zeros(length_ms * RATE_HZ // 1000, np.float32)
    for tone in tones:
        samples = tone.length_ms * RATE_HZ // 1000
        time_s = np.arange(samples) / RATE_HZ
        decay = np.exp(-4.0 * np.arange(samples) / samples) if name != "calling" else np.ones(samples)
        sine = tone.amplitude * decay * np.sin(2 * np.pi * tone.hz * time_s)
        ramp = np.linspace(0, 1, FADE_SAMPLES)
        sine[:FADE_SAMPLES] *= ramp
        sine[-FADE_SAMPLES:] *= ramp[::-1]
        start = tone.start_ms * RATE_HZ // 1000
        wave[start : start + samples] += sine.astype(np.float32)
    wave.setflags(write=False)
    return wave


class _Playing:
    def __init__(self, wave: Wave, volume: float, *, repeats: bool) -> None:
        self.wave = wave
        self.volume = volume
        self.repeats = repeats
        self.position = 0

    def take(self, samples: int) -> Wave:
        parts: list[Wave] = []
        while samples:
            part = self.wave[self.position : self.position + samples]
            self.position += part.size
            samples -= part.size
            parts.append(part)
            if samples and not (self.repeats and self.wave.size):
                parts.append(np.zeros(samples, np.float32))
                break
            if samples:
                self.position = 0
        return np.concatenate(parts) * np.float32(self.volume)

    @property
    def is_over(self) -> bool:
        return not self.repeats and self.position >= self.wave.size


class SoundPlayer:
    """Plays sounds over each other."""

    def __init__(self) -> None:
        self._playing: list[_Playing] = []

    @property
    def is_playing(self) -> bool:
        return bool(self._playing)

    def play(self, name: Sound, volume_percent: int = 100) -> None:
        """Begin a sound; a repeating one that is playing goes on as it is."""
        wave = synthesise(name)
        repeats = name in PERIOD_MS
        if repeats and any(playing.wave is wave for playing in self._playing):
            return
        self._add(_Playing(wave, volume_percent / 100, repeats=repeats))

    def play_samples(self, pcm: bytes, volume_percent: int = 100) -> None:
        """Begin signed 16-bit samples at 48 kHz of one channel."""
        wave: Wave = np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.float32) * np.float32(1 / 32768)
        self._add(_Playing(wave, volume_percent / 100, repeats=False))

    def stop_repeating(self) -> None:
        """End what would go on by itself."""
        self._playing = [playing for playing in self._playing if not playing.repeats]

    def clear(self) -> None:
        """End everything at once."""
        self._playing = []

    def render(self, samples: int) -> Wave | None:
        """Return the next so many samples, or None where nothing plays."""
        if not self._playing:
            return None
        mixed = np.zeros(samples, np.float32)
        for playing in self._playing:
            mixed += playing.take(samples)
        self._playing = [playing for playing in self._playing if not playing.is_over]
        return mixed

    def _add(self, playing: _Playing) -> None:
        self._playing = [*self._playing, playing][-MAX_PLAYING:]
