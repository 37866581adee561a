"""Decides, every 10 ms, whether the microphone is to be heard."""

from typing import Literal

from tuichat.voice.audio_protocol import SILENCE_DB

GateMode = Literal["voice", "push_to_talk", "open"]

HOLD_CHUNKS = 40  # of 10 ms, of taste: shorter cuts words at their stops
RELEASE_CHUNKS = 10  # after the key of push to talk is let go, which people do with their last syllable
HYSTERESIS_DB = 6.0  # a voice falls this far below what opened the gate before it counts as a pause
SPEECH_PROBABILITY = 0.3  # of WebRTC's estimate: steady noise stays below 0.1, a voice passes 0.9 after a while
CLEAR_DB = 10.0  # so far above the line the level decides alone: the estimate takes half a second to trust a new voice

# Where nobody chose a threshold it stands above the noise, which falls quickly and rises slowly.
ABOVE_NOISE_DB = 12.0
LOWEST_DB = -60.0
HIGHEST_DB = -30.0
NOISE_FALLS = 0.1
NOISE_RISES_DB = 0.02  # each 10 ms: 2 dB a second, too slow to take speech for noise


class VoiceGate:
    """Open or closed; opened for what is loud enough and, where that is known, for what is speech."""

    def __init__(self) -> None:
        self._mode: GateMode = "voice"
        self._chosen_db: float | None = None
        self._noise_db = LOWEST_DB
        self._hold = 0
        self._is_pressed = False
        self._is_open = False

    def choose(self, mode: GateMode, threshold_db: float | None) -> None:
        """Set what opens the gate; a key that was down in another mode counts as let go."""
        if mode != self._mode:
            self._is_pressed = False
        self._mode = mode
        self._chosen_db = threshold_db
        self._hold = 0

    def press(self, is_pressed: bool) -> None:
        """Push to talk went down or up."""
        self._is_pressed = is_pressed
        if not is_pressed and self._mode == "push_to_talk":
            self._hold = RELEASE_CHUNKS

    def release(self) -> None:
        """Let go of the key and close at once, as the end of a call does."""
        self._is_pressed = False
        self.close()

    def close(self) -> None:
        """Close at once, as a mute does."""
        self._hold = 0
        self._is_open = False

    @property
    def threshold_db(self) -> float | None:
        """The level that opens the gate now, None in a mode where none does."""
        if self._mode != "voice":
            return None
        if self._chosen_db is not None:
            return self._chosen_db
        return min(max(self._noise_db + ABOVE_NOISE_DB, LOWEST_DB), HIGHEST_DB)

    def update(self, level_db: float, speech_probability: float | None) -> bool:
        """Take the level of the next 10 ms, and how likely they are speech; return whether they are to be heard."""
        self._follow_noise(level_db)
        if self._mode == "open" or (self._mode == "push_to_talk" and self._is_pressed):
            self._is_open = True
        elif self._mode == "voice" and self._is_voice(level_db, speech_probability):
            self._is_open = True
            self._hold = HOLD_CHUNKS
        else:
            self._is_open = self._hold > 0
            self._hold = max(self._hold - 1, 0)
        return self._is_open

    def _is_voice(self, level_db: float, speech_probability: float | None) -> bool:
        threshold = self.threshold_db
        assert threshold is not None
        if level_db < threshold - (HYSTERESIS_DB if self._is_open else 0.0):
            return False
        # A threshold that somebody set decides alone: who sets it wants to know what it does.
        if self._chosen_db is not None or speech_probability is None or level_db >= threshold + CLEAR_DB:
            return True
        return speech_probability >= SPEECH_PROBABILITY

    def _follow_noise(self, level_db: float) -> None:
        if level_db <= SILENCE_DB:
            return  # a muted source says nothing of the room
        if level_db < self._noise_db:
            self._noise_db += (level_db - self._noise_db) * NOISE_FALLS
        else:
            self._noise_db += min(level_db - self._noise_db, NOISE_RISES_DB)
