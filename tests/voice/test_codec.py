"""Opus is encoded and decoded through libopus itself."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.voice.libraries import needs_opus
from tests.voice.speech import speech_like
from tuichat.protocol.rtp import FRAME_SAMPLES, SILENCE
from tuichat.voice.codec import CodecError, Decoder, Encoder
from tuichat.voice.opus_packet import has_fec, is_quiet, packet_samples

pytestmark = needs_opus

SPEECH = speech_like(3)


def frames(sound: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return [sound[at : at + FRAME_SAMPLES] for at in range(0, len(sound) - FRAME_SAMPLES + 1, FRAME_SAMPLES)]


def encoded(encoder: Encoder) -> list[bytes]:
    return [encoder.encode(frame) for frame in frames(SPEECH)]


def likeness(heard: NDArray[np.float32], said: NDArray[np.float32], delay: int) -> float:
    heard, said = heard[delay:], said[: len(heard) - delay]
    return float(np.corrcoef(heard, said)[0, 1])


def test_what_is_encoded_is_heard_again() -> None:
    encoder, decoder = Encoder(), Decoder()
    delay = encoder.lookahead_samples()
    heard = np.concatenate([decoder.decode(payload).copy() for payload in encoded(encoder)])
    assert len(heard) == len(frames(SPEECH)) * FRAME_SAMPLES
    assert likeness(heard, SPEECH, delay) > 0.85


def test_int16_and_float_say_the_same() -> None:
    frame = frames(SPEECH)[5]
    as_integers = Encoder().encode((frame * 32767).astype(np.int16))
    difference = Decoder().decode(as_integers).copy() - Decoder().decode(Encoder().encode(frame))
    assert np.abs(difference).max() < 0.02


@pytest.mark.parametrize("samples", [0, 959, 961, 1920])
def test_frame_of_another_length_is_refused(samples: int) -> None:
    with pytest.raises(CodecError, match=f"960 samples, got {samples}"):
        Encoder().encode(np.zeros(samples, np.float32))


def test_other_types_of_samples_are_refused() -> None:
    with pytest.raises(CodecError, match="float64"):
        Encoder().encode(np.zeros(960, np.float64))  # type: ignore[arg-type]  # that is what is tested


def test_bitrate_is_kept_and_clamped() -> None:
    for asked, least, most in ((48_000, 30_000, 60_000), (16_000, 9_000, 20_000), (1, 2_000, 9_000)):
        encoder = Encoder(bitrate=asked)
        bits_s = 8 * sum(len(payload) for payload in encoded(encoder)) / 3
        assert least < bits_s < most, asked


def test_expected_loss_brings_the_previous_frame_along() -> None:
    encoder = Encoder()
    assert not any(has_fec(payload) for payload in encoded(encoder))
    encoder.set_expected_loss(10)
    payloads = encoded(encoder)
    assert sum(has_fec(payload) for payload in payloads) > len(payloads) / 3


def test_lost_frame_is_recovered_better_than_guessed() -> None:
    encoder = Encoder()
    encoder.set_expected_loss(20)
    payloads = encoded(encoder)
    whole = Decoder()
    wanted = [whole.decode(payload).copy() for payload in payloads]
    recovered_error = guessed_error = 0.0
    recovering, guessing = Decoder(), Decoder()
    for number in range(0, len(payloads) - 1, 10):
        for decoder in (recovering, guessing):
            for payload in payloads[max(0, number - 9) : number]:
                decoder.decode(payload)
        recovered = recovering.recover(payloads[number + 1], FRAME_SAMPLES).copy()
        guess = guessing.conceal(FRAME_SAMPLES).copy()
        recovered_error += float(np.square(recovered - wanted[number]).sum())
        guessed_error += float(np.square(guess - wanted[number]).sum())
        for decoder in (recovering, guessing):
            decoder.decode(payloads[number])
    assert recovered_error < guessed_error / 2


def test_concealment_fades() -> None:
    encoder, decoder = Encoder(), Decoder()
    for payload in encoded(encoder)[:20]:
        decoder.decode(payload)
    loudness = [float(np.square(decoder.conceal(FRAME_SAMPLES)).mean()) for _ in range(8)]
    assert loudness[-1] < loudness[0] / 4


def test_silence_in_dtx_takes_two_bytes() -> None:
    encoder = Encoder()
    encoder.set_dtx(True)
    payloads = [encoder.encode(np.zeros(FRAME_SAMPLES, np.float32)) for _ in range(50)]
    assert sum(is_quiet(payload) for payload in payloads) > 25


def test_garbage_is_an_error_and_the_decoder_goes_on() -> None:
    decoder = Decoder()
    with pytest.raises(CodecError, match="cannot decode"):
        decoder.decode(b"\xff\xff\xff")
    assert len(decoder.decode(SILENCE)) == FRAME_SAMPLES


def test_stereo_is_two_columns() -> None:
    encoder, decoder = Encoder(channels=2, bitrate=96_000), Decoder(channels=2)
    left, right = speech_like(1, seed=2), speech_like(1, seed=3)
    both = np.stack([left, right], axis=1)
    delay = encoder.lookahead_samples()
    heard = np.concatenate([decoder.decode(encoder.encode(frame)).copy() for frame in frames(both)])
    assert heard.shape == (50 * FRAME_SAMPLES, 2)
    assert likeness(heard[:, 0], left, delay) > 0.9
    assert likeness(heard[:, 1], right, delay) > 0.9


def test_mono_packet_fills_both_columns() -> None:
    decoder = Decoder(channels=2)
    heard = [decoder.decode(payload).copy() for payload in encoded(Encoder())][30]
    assert np.array_equal(heard[:, 0], heard[:, 1])


def test_duration_agrees_with_libopus() -> None:
    for payload in encoded(Encoder()):
        assert packet_samples(payload) == len(Decoder().decode(payload))
