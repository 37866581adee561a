"""The microphone's way to the network: gain, processing, gate and Opus, 10 ms in and 20 ms out.

Called with samples and times, it knows no device.
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tuichat.protocol.rtp import SILENCE, SILENCE_FRAMES
from tuichat.voice.audio import OnFrame
from tuichat.voice.audio_protocol import SILENCE_DB, Level
from tuichat.voice.loudness import Pcm, amplified, peak_db, rms_db
from tuichat.voice.opus_packet import MAX_QUIET_BYTES
from tuichat.voice.processing import Processing
from tuichat.voice.voice_gate import VoiceGate

CHUNK_SAMPLES: Final = 480  # 10 ms at 48 kHz
CHUNK_MS: Final = 10
FRAME_MS: Final = 20
FRAME_SAMPLES: Final = 960
PAUSE_MS: Final = 200  # a longer gap between chunks means that the microphone was closed
UNHEARD_CHUNKS: Final = 4  # after unmuting: what is on its way through the sound system was spoken into the mute
CLIPPED_DB: Final = -0.1
LEVEL_CHUNKS: Final = 10


class FrameEncoder(Protocol):
    """What is asked of codec.Encoder."""

    def encode(self, sound: NDArray[np.int16]) -> bytes: ...


class Capture:
    """Turns chunks of the microphone into frames for OnFrame, while it is not muted and the gate is open."""

    def __init__(self, on_frame: OnFrame) -> None:
        self._on_frame = on_frame
        self.encoder: FrameEncoder | None = None  # None: nothing is sent, levels are still told
        self.gate = VoiceGate()
        self.processing = Processing()
        self.gain_percent = 100
        self.frames_sent = 0
        self._is_muted = False
        self._timestamp = 0
        self._ahead_frames = 0
        """By how much the timestamp is ahead of the time: what ends a closed microphone's words is sent at once."""
        self._first_half: Pcm | None = None
        self._first_half_is_open = False
        self._unheard_left = 0
        self._is_quiet = False
        self._silence_left = 0  # frames that still have to end what was said
        self._last_ms: float | None = None
        self._loudest_db = SILENCE_DB
        self._was_open = False
        self._was_clipped = False
        self._chunks_measured = 0
        self._hears_voice = False

    @property
    def is_muted(self) -> bool:
        return self._is_muted

    def set_muted(self, is_muted: bool) -> None:
        """Either way it takes effect with the next sample: what waits for the rest of its frame is dropped."""
        self._is_muted = is_muted
        self._first_half = None
        if is_muted:
            self.gate.close()
        elif self._last_ms is not None:
            self._unheard_left = UNHEARD_CHUNKS

    def stop(self) -> None:
        """End what is being said at once, since the microphone is closed."""
        self._first_half = None
        self.gate.close()
        while self._silence_left:
            self._ahead_frames += 1
            self._fall_silent()

    def push(self, samples: Pcm, played: Pcm | None, now_ms: float) -> None:
        """Take the next CHUNK_SAMPLES, and what the speaker played meanwhile where the processing asks for it."""
        self._go_on(now_ms)
        if self._unheard_left:
            self._unheard_left -= 1
            samples = np.zeros_like(samples)
        heard = self.processing.process(amplified(samples, self.gain_percent), played)
        level_db = rms_db(heard)
        is_open = self.gate.update(level_db, self.processing.speech_probability)
        self._hears_voice = is_open
        self._measure(heard, level_db, is_open)
        if self._first_half is None:
            self._first_half, self._first_half_is_open = heard, is_open
            return
        # One open half carries the other along, so that a word's onset keeps the 10 ms before it.
        frame_is_open = is_open or self._first_half_is_open
        frame = np.concatenate((self._first_half, heard))
        self._first_half = None
        if frame_is_open and not self._is_muted and self.encoder is not None:
            self._speak(self.encoder.encode(frame))
        else:
            self._fall_silent()

    def hears_muted_voice(self) -> bool:
        """Whether somebody speaks into a microphone that is muted and open."""
        return self._is_muted and self._hears_voice

    def take_level(self) -> Level | None:
        """Return the level of the last tenth of a second, once it is over."""
        if self._chunks_measured < LEVEL_CHUNKS:
            return None
        level = Level(
            input_db=round(self._loudest_db, 1),
            is_open=self._was_open,
            threshold_db=self.gate.threshold_db,
            is_clipped=self._was_clipped,
        )
        self._loudest_db, self._was_open, self._was_clipped, self._chunks_measured = SILENCE_DB, False, False, 0
        return level

    def _measure(self, heard: Pcm, level_db: float, is_open: bool) -> None:
        self._chunks_measured += 1
        self._loudest_db = max(self._loudest_db, level_db)
        self._was_open |= is_open
        self._was_clipped |= peak_db(heard) >= CLIPPED_DB

    def _go_on(self, now_ms: float) -> None:
        """Let the timestamp pass over the time when the microphone was closed."""
        if self._last_ms is not None and now_ms - self._last_ms > PAUSE_MS:
            self._pass(round((now_ms - self._last_ms - CHUNK_MS) / FRAME_MS))
            self._first_half = None
            self._unheard_left = 0  # what comes now was recorded after it was opened
            self.processing.reset()
        self._last_ms = now_ms

    def _speak(self, payload: bytes) -> None:
        """Send a packet; of those with which DTX says that nothing changed, the first alone."""
        is_quiet = len(payload) <= MAX_QUIET_BYTES
        if is_quiet and self._is_quiet:
            self._pass(1)
            return
        self._is_quiet = is_quiet
        self._silence_left = SILENCE_FRAMES
        self.frames_sent += 1
        self._emit(payload, is_speech=True)

    def _fall_silent(self) -> None:
        """Let a frame pass, with silence in it while the receivers are to be told of the end."""
        self._is_quiet = False
        if self._silence_left:
            self._silence_left -= 1
            self._emit(SILENCE, is_speech=False)
        else:
            self._pass(1)

    def _pass(self, frames: int) -> None:
        """Let so many frames' time pass in which nothing is sent."""
        ahead = min(frames, self._ahead_frames)
        self._ahead_frames -= ahead
        self._timestamp = (self._timestamp + (frames - ahead) * FRAME_SAMPLES) % 2**32

    def _emit(self, payload: bytes, *, is_speech: bool) -> None:
        timestamp = self._timestamp
        self._timestamp = (timestamp + FRAME_SAMPLES) % 2**32
        self._on_frame(payload, timestamp, is_speech)
