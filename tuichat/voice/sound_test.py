"""The test of microphone and speaker: a chirp that measures the delay, three seconds recorded and played back.

It is fed with samples and times; what it finds it says in one sentence with the next step.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tuichat.translation import N_, _
from tuichat.voice.audio_protocol import SILENCE_DB, TestProgress, TestResult
from tuichat.voice.loudness import Pcm, peak_db, rms_db

RATE_HZ: Final = 48_000
OPENING_MS: Final = 4_000.0  # a sound server that starts by itself takes about two seconds
DISTANT_MS: Final = 12_000.0  # what is not refused may be on its way: one 200 ms away takes four seconds a direction
SETTLING_MS: Final = 300.0  # the first chunks of a stream come in a bunch
LISTENING_MS: Final = 1_500.0  # a Bluetooth headset is 300 ms late, hardly more
RECORDING_MS: Final = 3_000.0
CHIRP_SAMPLES: Final = RATE_HZ // 10
CHIRP_HZ: Final = (500.0, 4000.0)  # what every laptop's speaker plays and its microphone hears
CHIRP_AMPLITUDE: Final = 0.25
CHIRP_IS_HEARD: Final = (
    0.16  # of 1: rooms with an echo of 0.6 s leave 0.23, words in four voices reach 0.12, noise 0.08
)

QUIET_DB: Final = -45.0
CLIPPED_DB: Final = -0.1
NOISY_DB: Final = -40.0
LATE_MS: Final = 250
WINDOW: Final = RATE_HZ // 20

GOOD = N_("Microphone and speaker work.")
GOOD_WITH_HEADPHONES = N_("Microphone and speaker work; the microphone does not hear the speaker, as with headphones.")
NO_INPUT = N_("The microphone did not open: {problem}")
NO_OUTPUT = N_("The speaker did not open: {problem}")
NOT_TOLD = N_("the sound system does not say why; see whether another program holds the device.")
NOTHING_CAME = N_("{device} is open and gives no sound at all; choose another input, or plug it in anew.")
DEAD = N_(
    "{device} gives nothing but digital silence: it is muted. Unmute it in the system's sound settings, or run: "
    "pactl set-source-mute @DEFAULT_SOURCE@ 0"
)
QUIET = N_("You are hardly to be heard ({peak:.0f} dB): come closer, or raise the microphone in the system's settings.")
CLIPPED = N_("The microphone is too loud and distorts: lower it in the system's sound settings, or its gain here.")
NOISY = N_("It is noisy around the microphone ({noise:.0f} dB): turn on noise suppression.")
LATE = N_("Microphone and speaker work, but sound takes {delay} ms through them: a cable is faster than Bluetooth.")


class _Recorded(NamedTuple):
    samples: Pcm
    came_ms: float


class SoundTest:
    """One run. `record` and `play` belong to the sound card's ticks, `follow` to a clock."""

    def __init__(self, now_ms: float) -> None:
        self._began_ms = now_ms
        self._ready_ms: float | None = None
        self._chirp = chirp()
        self._chirp_played = 0
        self._chirp_ms: float | None = None
        self._heard: list[_Recorded] = []
        self._delay_ms: int | None = None
        self._is_recording = False
        self._recording: list[Pcm] = []
        self._recording_began_ms = 0.0
        self._back: Pcm | None = None
        self._back_position = 0
        self._now_ms = now_ms

    def record(self, samples: Pcm, now_ms: float) -> None:
        """Take 10 ms of the microphone."""
        if self._is_recording:
            self._recording.append(samples)
        elif self._chirp_ms is not None and self._back is None:
            self._heard.append(_Recorded(samples, now_ms))

    def play(self, samples: int) -> NDArray[np.float32]:
        """Return what the test plays next."""
        if self._back is not None:
            part = self._back[self._back_position : self._back_position + samples]
            self._back_position += samples
            return _padded(part.astype(np.float32) * np.float32(1 / 32768), samples)
        is_settled = self._ready_ms is not None and self._now_ms - self._ready_ms >= SETTLING_MS
        if not is_settled or self._chirp_played >= CHIRP_SAMPLES:
            return np.zeros(samples, np.float32)
        if self._chirp_ms is None:
            self._chirp_ms = self._now_ms
        part_of_chirp = self._chirp[self._chirp_played : self._chirp_played + samples]
        self._chirp_played += samples
        return _padded(part_of_chirp, samples)

    def follow(
        self,
        now_ms: float,
        *,
        input_name: str | None,
        output_name: str | None,
        input_problem: str | None,
        output_problem: str | None,
    ) -> tuple[TestProgress | None, TestResult | None]:
        """Return how far the test is, or its result. The names are those of open devices."""
        self._now_ms = now_ms
        if self._ready_ms is None:
            if input_name is not None and output_name is not None:
                self._ready_ms = now_ms
            elif now_ms - self._began_ms >= (OPENING_MS if input_problem or output_problem else DISTANT_MS):
                return None, _not_opened(input_name, output_name, input_problem, output_problem)
            return TestProgress("delay", 0.0), None
        # A device that goes away in the middle is found by what is missing of its sound.
        since_ms = now_ms - self._ready_ms
        if self._back is None and not self._is_recording:
            if since_ms < SETTLING_MS + LISTENING_MS:
                return TestProgress("delay", since_ms / (SETTLING_MS + LISTENING_MS)), None
            self._delay_ms = self._measured_delay_ms()
            self._is_recording = True
            self._recording_began_ms = now_ms
        since_ms = now_ms - self._recording_began_ms
        if self._is_recording and since_ms < RECORDING_MS:
            return TestProgress("recording", since_ms / RECORDING_MS), None
        if self._is_recording:
            self._is_recording = False
            self._back = np.concatenate(self._recording) if self._recording else np.zeros(0, np.int16)
            if not self._back.any():
                return None, self._judge(input_name, output_name)
        if since_ms < 2 * RECORDING_MS:
            return TestProgress("playing", since_ms / RECORDING_MS - 1), None
        return None, self._judge(input_name, output_name)

    def _measured_delay_ms(self) -> int | None:
        if self._chirp_ms is None or not self._heard:
            return None
        heard = np.concatenate([recorded.samples for recorded in self._heard]).astype(np.float32)
        place = find_chirp(heard)
        if place is None:
            return None
        first_ms = self._heard[0].came_ms - 1000 * self._heard[0].samples.size / RATE_HZ
        return max(round(first_ms + 1000 * place / RATE_HZ - self._chirp_ms), 0)

    def _judge(self, input_name: str | None, output_name: str | None) -> TestResult:
        recording = self._back
        assert recording is not None
        peak, noise = peak_db(recording), _noise_db(recording)
        is_good = False
        if not recording.size:
            verdict = _(NOTHING_CAME).format(device=input_name or _("The microphone"))
        elif not recording.any():
            verdict = _(DEAD).format(device=input_name or _("The microphone"))
        elif peak >= CLIPPED_DB:
            verdict = _(CLIPPED)
        elif peak < QUIET_DB:
            verdict = _(QUIET).format(peak=peak)
        elif noise > NOISY_DB:
            verdict = _(NOISY).format(noise=noise)
        elif self._delay_ms is not None and self._delay_ms > LATE_MS:
            verdict = _(LATE).format(delay=self._delay_ms)
        else:
            is_good = True
            verdict = _(GOOD) if self._delay_ms is not None else _(GOOD_WITH_HEADPHONES)
        return TestResult(
            is_good=is_good,
            verdict=verdict,
            peak_db=round(peak, 1),
            noise_db=round(noise, 1),
            delay_ms=self._delay_ms,
            input_name=input_name,
            output_name=output_name,
        )


def find_chirp(heard: NDArray[np.float32]) -> int | None:
    """Return the sample at which the chirp begins, None where it is not to be heard."""
    if heard.size < CHIRP_SAMPLES:
        return None
    size = 1 << (heard.size + CHIRP_SAMPLES - 1).bit_length()
    spectrum = np.fft.rfft(heard, size) * np.conj(np.fft.rfft(chirp(), size))
    place = int(np.argmax(np.abs(np.fft.irfft(spectrum, size)[: heard.size])))
    there = heard[place : place + CHIRP_SAMPLES]
    norm = float(np.linalg.norm(there) * np.linalg.norm(chirp()))
    likeness = abs(float(np.dot(there, chirp()[: there.size]))) / norm if norm else 0.0
    return place if likeness > CHIRP_IS_HEARD else None


def chirp() -> NDArray[np.float32]:
    """Return a tone that rises through the range of speech, which correlates with nothing but itself."""
    time_s = np.arange(CHIRP_SAMPLES) / RATE_HZ
    length_s = CHIRP_SAMPLES / RATE_HZ
    low_hz, high_hz = CHIRP_HZ
    phase = 2 * np.pi * (low_hz * time_s + (high_hz - low_hz) / (2 * length_s) * time_s**2)
    return (CHIRP_AMPLITUDE * np.hanning(CHIRP_SAMPLES) * np.sin(phase)).astype(np.float32)


def _padded(part: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    if part.size == samples:
        return part
    whole = np.zeros(samples, np.float32)
    whole[: part.size] = part
    return whole


def _noise_db(recording: Pcm) -> float:
    """Return the level of the quietest tenth, which is the room's."""
    levels = sorted(rms_db(recording[at : at + WINDOW]) for at in range(0, recording.size - WINDOW + 1, WINDOW))
    return levels[len(levels) // 10] if levels else SILENCE_DB


def _not_opened(
    input_name: str | None, output_name: str | None, input_problem: str | None, output_problem: str | None
) -> TestResult:
    if output_name is None:
        verdict = _(NO_OUTPUT).format(problem=output_problem or _(NOT_TOLD))
    else:
        verdict = _(NO_INPUT).format(problem=input_problem or _(NOT_TOLD))
    return TestResult(is_good=False, verdict=verdict, input_name=input_name, output_name=output_name)
