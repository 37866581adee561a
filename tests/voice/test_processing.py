"""Noise, echo and loudness: each is mended where it is wanted, and left alone where it is not."""

import numpy as np
import pytest

from tests.voice.libraries import marked, needs_webrtc
from tests.voice.speech import RATE_HZ, speech_like
from tuichat.voice import processing
from tuichat.voice.loudness import Pcm, rms_db
from tuichat.voice.processing import ECHO, GAIN, NOISE, Processing

CHUNK = 480
SETTLED = slice(-2 * RATE_HZ, None)  # the last two seconds: it has learnt the room by then


def heard_by(made: Processing, microphone: Pcm, played: Pcm | None = None) -> Pcm:
    chunks = range(0, microphone.size - CHUNK + 1, CHUNK)
    return np.concatenate(
        [
            made.process(microphone[at : at + CHUNK], None if played is None else played[at : at + CHUNK])
            for at in chunks
        ]
    )


def processing_with(**wanted: bool) -> Processing:
    made = Processing()
    made.choose(**wanted)
    return made


@pytest.fixture(scope="module")
def speech() -> Pcm:
    return (speech_like(8.0) * 32_767).astype(np.int16)


@pytest.fixture(scope="module")
def noise() -> Pcm:
    return np.random.default_rng(1).normal(0, 300, 6 * RATE_HZ).astype(np.int16)


@marked(needs_webrtc)
def test_what_is_off_is_not_touched(speech: Pcm, noise: Pcm) -> None:
    untouched = processing_with()
    assert untouched.active == ()
    assert np.array_equal(heard_by(untouched, noise), noise)
    assert np.array_equal(heard_by(untouched, speech, speech[::-1]), speech)


@marked(needs_webrtc)
def test_noise_is_taken_out_and_speech_stays(speech: Pcm, noise: Pcm) -> None:
    suppressing = processing_with(noise_suppression=True)
    assert suppressing.active == (NOISE,)
    assert rms_db(heard_by(suppressing, noise)[SETTLED]) < rms_db(noise[SETTLED]) - 6
    spoken = heard_by(processing_with(noise_suppression=True), speech)
    assert rms_db(spoken[SETTLED]) > rms_db(speech[SETTLED]) - 1


@marked(needs_webrtc)
def test_what_the_speaker_plays_is_taken_out_of_the_microphone(speech: Pcm) -> None:
    echo = np.zeros_like(speech)
    echo[1_440:] = speech[:-1_440] // 2  # 30 ms later, half as loud
    cancelling = processing_with(echo_cancellation=True)
    assert (cancelling.active, cancelling.hears_speaker) == ((ECHO,), True)
    assert rms_db(heard_by(cancelling, echo, speech)[SETTLED]) < rms_db(echo[SETTLED]) - 30
    assert not processing_with(noise_suppression=True, gain_control=True).hears_speaker


@marked(needs_webrtc)
def test_who_speaks_softly_is_made_louder(speech: Pcm) -> None:
    soft = (speech // 20).astype(np.int16)
    evening = processing_with(gain_control=True)
    assert evening.active == (GAIN,)
    louder = heard_by(evening, soft)
    assert rms_db(louder[SETTLED]) > rms_db(soft[SETTLED]) + 10


@marked(needs_webrtc)
def test_speech_is_told_from_noise_with_all_of_them_and_with_none(speech: Pcm, noise: Pcm) -> None:
    for wanted in ({}, {"noise_suppression": True, "echo_cancellation": True, "gain_control": True}):
        telling = processing_with(**wanted)
        heard_by(telling, noise)
        assert telling.speech_probability is not None
        assert telling.speech_probability < 0.5
        likeliest = 0.0
        for at in range(0, speech.size - CHUNK + 1, CHUNK):
            telling.process(speech[at : at + CHUNK], None)
            likeliest = max(likeliest, telling.speech_probability)
        assert likeliest > 0.5


def test_without_the_library_the_sound_passes_and_what_is_missing_is_told(
    monkeypatch: pytest.MonkeyPatch, noise: Pcm
) -> None:
    monkeypatch.setattr(processing, "_library", lambda: None)
    lacking = processing_with(noise_suppression=True)
    assert np.array_equal(heard_by(lacking, noise), noise)
    assert (lacking.active, lacking.tells_speech) == ((), False)
    assert "pywebrtc-audio is not installed" in (lacking.problem or "")
    assert processing_with().problem is None
