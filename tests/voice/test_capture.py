"""From the microphone's chunks to frames: what is sent, when it ends, and what its timestamps say."""

import numpy as np
from numpy.typing import NDArray

from tests.voice.libraries import marked, needs_opus
from tuichat.protocol.rtp import SILENCE
from tuichat.voice.capture import CHUNK_SAMPLES, FRAME_SAMPLES, UNHEARD_CHUNKS, Capture
from tuichat.voice.codec import Encoder
from tuichat.voice.loudness import Pcm

SPOKEN = b"spoken"


class FakeEncoder:
    def __init__(self) -> None:
        self.frames: list[NDArray[np.int16]] = []
        self.payloads: list[bytes] = []

    def encode(self, sound: NDArray[np.int16]) -> bytes:
        self.frames.append(sound.copy())
        return self.payloads.pop(0) if self.payloads else SPOKEN


class Speaking:
    """A capture with a clock, and what it sent."""

    def __init__(self, mode: str = "open") -> None:
        self.sent: list[tuple[bytes, int, bool]] = []
        self.capture = Capture(lambda *frame: self.sent.append(frame))
        self.encoder = FakeEncoder()
        self.capture.encoder = self.encoder
        self.capture.gate.choose(mode, -40.0 if mode == "voice" else None)  # type: ignore[arg-type]
        self.now_ms = 0.0

    def say(self, chunks: int, amplitude: int = 8000) -> None:
        for _ in range(chunks):
            self.capture.push(chunk(amplitude), None, self.now_ms)
            self.now_ms += 10


def chunk(amplitude: int) -> Pcm:
    tone = amplitude * np.sin(2 * np.pi * 500 * np.arange(CHUNK_SAMPLES) / 48_000)
    result: Pcm = tone.astype(np.int16)
    return result


def test_two_chunks_are_a_frame_and_timestamps_count_samples() -> None:
    speaking = Speaking()
    speaking.say(6)
    assert speaking.sent == [(SPOKEN, 0, True), (SPOKEN, FRAME_SAMPLES, True), (SPOKEN, 2 * FRAME_SAMPLES, True)]


def test_a_closing_gate_is_followed_by_five_silence_frames_a_tick_each() -> None:
    speaking = Speaking("push_to_talk")
    speaking.capture.gate.press(True)
    speaking.say(2)
    speaking.capture.gate.choose("push_to_talk", None)
    speaking.capture.gate.press(False)
    speaking.capture.gate.close()
    speaking.say(4)
    assert speaking.sent[1:] == [(SILENCE, FRAME_SAMPLES, False), (SILENCE, 2 * FRAME_SAMPLES, False)]
    speaking.say(20)
    assert [payload for payload, _, _ in speaking.sent] == [SPOKEN] + 5 * [SILENCE]


def test_timestamps_go_on_while_nothing_is_sent() -> None:
    speaking = Speaking("push_to_talk")
    speaking.say(20)
    speaking.capture.gate.press(True)
    speaking.say(2)
    assert speaking.sent == [(SPOKEN, 10 * FRAME_SAMPLES, True)]


def test_a_muted_microphone_is_silent_from_the_next_sample_on() -> None:
    speaking = Speaking()
    speaking.say(3)  # one frame, and half of another
    speaking.capture.set_muted(True)
    speaking.say(40)
    assert len(speaking.encoder.frames) == 1
    assert [payload for payload, _, _ in speaking.sent] == [SPOKEN] + 5 * [SILENCE]


def test_what_was_said_while_muted_is_never_sent() -> None:
    speaking = Speaking()
    speaking.capture.set_muted(True)
    speaking.say(3, amplitude=16000)
    speaking.capture.set_muted(False)
    speaking.say(UNHEARD_CHUNKS + 2, amplitude=500)
    assert speaking.encoder.frames
    assert max(int(np.abs(frame).max()) for frame in speaking.encoder.frames) <= 500


def test_a_closed_microphone_ends_at_once_and_its_pause_counts() -> None:
    speaking = Speaking()
    speaking.say(2)
    speaking.capture.stop()
    assert [payload for payload, _, _ in speaking.sent] == [SPOKEN] + 5 * [SILENCE]
    speaking.now_ms += 2000
    speaking.say(2)
    _, timestamp, _ = speaking.sent[-1]
    assert timestamp == 101 * FRAME_SAMPLES


def test_a_timestamp_tells_the_time_however_often_the_microphone_is_closed() -> None:
    speaking = Speaking()
    for pause_ms in (2000, 300, 20_000, 220, 1000):
        speaking.say(10)
        speaking.capture.stop()
        speaking.now_ms += pause_ms
    speaking.say(2)
    _, timestamp, _ = speaking.sent[-1]
    assert timestamp == round((speaking.now_ms - 20) / 20) * FRAME_SAMPLES


def test_the_half_frame_before_a_word_goes_with_it() -> None:
    speaking = Speaking("voice")
    speaking.say(1, amplitude=10)
    speaking.say(1, amplitude=8000)
    assert len(speaking.encoder.frames) == 1
    assert np.abs(speaking.encoder.frames[0][:CHUNK_SAMPLES]).max() <= 10


def test_the_level_is_told_ten_times_a_second_with_the_gate() -> None:
    speaking = Speaking("voice")
    speaking.say(9)
    assert speaking.capture.take_level() is None
    speaking.say(1)
    level = speaking.capture.take_level()
    assert level is not None
    assert level.is_open
    assert -16 < level.input_db < -14  # a sine of a quarter: 12 dB below full scale, and 3 for its shape
    assert level.threshold_db == -40.0
    assert not level.is_clipped


def test_gain_makes_it_louder_and_never_wraps() -> None:
    speaking = Speaking()
    speaking.capture.gain_percent = 200
    speaking.say(2, amplitude=30000)
    assert speaking.encoder.frames[0].max() == 32767
    assert speaking.encoder.frames[0].min() == -32768


def test_a_voice_into_a_muted_microphone_is_noticed() -> None:
    speaking = Speaking("voice")
    speaking.capture.set_muted(True)
    speaking.say(4)
    assert speaking.capture.hears_muted_voice()
    speaking.say(100, amplitude=0)
    assert not speaking.capture.hears_muted_voice()


def test_of_frames_in_which_nothing_changes_the_first_is_sent_and_time_goes_on() -> None:
    speaking = Speaking()
    speaking.encoder.payloads = [SPOKEN, b"\x78\x00", b"\x78", b"\x78", SPOKEN]
    speaking.say(10)
    assert [(payload, timestamp // FRAME_SAMPLES) for payload, timestamp, _ in speaking.sent] == [
        (SPOKEN, 0),
        (b"\x78\x00", 1),
        (SPOKEN, 4),
    ]


@marked(needs_opus)
def test_the_encoder_behind_an_open_gate_rests_in_silence() -> None:
    """Line 4.8: DTX behind the gate."""
    speaking = Speaking()
    encoder = Encoder()
    encoder.set_dtx(True)
    speaking.capture.encoder = encoder
    speaking.say(20)
    speaking.say(200, amplitude=0)
    assert len(speaking.sent) < 40
