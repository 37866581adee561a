"""Everyone is heard: real Opus through simulated networks, in simulated time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.voice.libraries import HAS_OPUS, needs_opus
from tests.voice.network import (
    SSRC,
    USER,
    Network,
    burst_loss,
    encode,
    listen,
    packets,
    random_loss,
)
from tests.voice.speech import speech_like
from tuichat.protocol.rtp import FRAME_SAMPLES, OPUS, RED, SILENCE, Header
from tuichat.voice.codec import Encoder
from tuichat.voice.opus_packet import MAX_QUIET_BYTES
from tuichat.voice.playback import MAX_SPEAKERS, Playback
from tuichat.voice.statistics import SpeakerStatistics

pytestmark = needs_opus

SECONDS = 6
SPEECH = speech_like(SECONDS)
CLEAN = encode(SPEECH) if HAS_OPUS else [SILENCE] * (50 * SECONDS)
STEP = float(np.abs(np.diff(SPEECH)).max())
STEP_BOUND = 0.1
"""How much more than in what was said one sample may differ from the next: a click is more."""


def protected(percent: int = 5) -> list[bytes]:
    encoder = Encoder()
    encoder.set_expected_loss(percent)
    return encode(SPEECH, encoder)


def statistics(playback: Playback) -> SpeakerStatistics:
    (found,) = playback.statistics(0)
    return found


def correlation(heard: NDArray[np.float32], said: NDArray[np.float32], delay: int) -> float:
    length = min(len(heard) - delay, len(said))
    return float(np.corrcoef(heard[delay : delay + length], said[:length])[0, 1])


def best_delay(heard: NDArray[np.float32], said: NDArray[np.float32]) -> int:
    length = len(heard) + len(said)
    spectrum = np.fft.rfft(heard, length) * np.conj(np.fft.rfft(said, length))
    return int(np.fft.irfft(spectrum, length)[: len(heard)].argmax())


def test_what_is_said_is_heard() -> None:
    playback = Playback()
    heard = listen(playback, Network(base_ms=30).carry(packets(CLEAN)), SECONDS)
    delay = best_delay(heard, SPEECH)
    assert correlation(heard, SPEECH, delay) > 0.75
    assert 30 + 20 <= delay / 48 <= 30 + 40 + 10, "the way, a frame of buffer, and the codec's own delay"
    assert statistics(playback).packets_lost == 0


@pytest.mark.parametrize("jitter_ms", [0, 20, 50, 100])
@pytest.mark.parametrize("in_order", [True, False])
def test_delay_is_what_the_jitter_calls_for(jitter_ms: float, in_order: bool) -> None:
    playback = Playback()
    network = Network(jitter_ms=jitter_ms, in_order=in_order)
    listen(playback, network.carry(packets(CLEAN)), SECONDS - 0.1)
    found = statistics(playback)
    assert found.delay_ms <= max(20, jitter_ms) + 20
    assert found.concealed_percent < 5, "most of it before the jitter is known"


@pytest.mark.slow
@pytest.mark.parametrize(
    "network",
    [
        Network(random_loss(0.05), jitter_ms=20),
        Network(random_loss(0.2), jitter_ms=60),
        Network(burst_loss(0.05, 3)),
        Network(burst_loss(0.2, 8), jitter_ms=100, doubled=0.2),
        Network(jitter_ms=100, in_order=True),
    ],
)
@pytest.mark.parametrize("depth", [0, 3])
def test_no_loss_makes_a_click(network: Network, depth: int) -> None:
    playback = Playback()
    heard = listen(playback, network.carry(packets(protected(), depth=depth)), SECONDS + 1)
    assert np.abs(np.diff(heard)).max() <= STEP + STEP_BOUND


def test_bursts_are_mended_by_repetition() -> None:
    network = Network(burst_loss(0.05, 3))
    plain, repeated = Playback(), Playback()
    listen(plain, network.carry(packets(protected())), SECONDS - 0.1)
    listen(repeated, network.carry(packets(protected(), depth=3)), SECONDS - 0.1)
    assert statistics(plain).packets_lost == statistics(repeated).packets_lost > 5
    assert statistics(repeated).frames_concealed < statistics(plain).frames_concealed / 2
    assert statistics(repeated).frames_recovered > 0.7 * statistics(repeated).packets_lost


@pytest.mark.parametrize("drift_ppm", [pytest.param(-200, marks=pytest.mark.slow), 200])
def test_drift_leaves_no_delay_and_no_famine(drift_ppm: float) -> None:
    """Five minutes: 60 ms, more than the buffer holds."""
    playback = Playback()
    payloads = (CLEAN * 51)[: 300 * 50]
    delays_ms: list[float] = []

    def note(now_ms: float) -> None:
        if now_ms % 1000 == 0 and now_ms > 5000:
            delays_ms.append(statistics(playback).delay_ms)

    listen(playback, Network(drift_ppm=drift_ppm).carry(packets(payloads)), 299, on_tick=note)
    assert max(delays_ms) < 40
    assert min(delays_ms) > 5
    assert statistics(playback).frames_concealed <= 1


def test_stall_of_the_network_is_made_up_for_within_seconds() -> None:
    payloads = CLEAN + CLEAN
    stalled = [
        (max(at_ms, 3500.0) if 3000 <= at_ms < 3500 else at_ms, header, payload)
        for at_ms, header, payload in Network().carry(packets(payloads))
    ]
    playback = Playback()
    delays_ms: list[float] = []
    heard = listen(playback, stalled, 11, on_tick=lambda now_ms: delays_ms.append(statistics_or(playback)))
    assert max(delays_ms[360:]) <= 200
    assert max(delays_ms[700:]) <= 40, "three and a half seconds later"
    assert statistics(playback).packets_lost == 0
    assert np.abs(np.diff(heard)).max() <= STEP + STEP_BOUND


def test_stalls_that_come_again_and_again_are_waited_for() -> None:
    playback = Playback()
    network = Network(stall_ms=150, stall_every_ms=2000)
    concealed: dict[float, int] = {}

    def note(now_ms: float) -> None:
        if now_ms in (9000, 11_500):
            concealed[now_ms] = statistics(playback).frames_concealed

    listen(playback, network.carry(packets(CLEAN + CLEAN)), 11.8, on_tick=note)
    assert concealed[11_500] <= concealed[9000] + 1
    assert 130 <= statistics(playback).delay_ms <= 170


def statistics_or(playback: Playback) -> float:
    found = playback.statistics(0)
    return found[0].delay_ms if found else 0.0


def test_end_of_a_talk_spurt_is_silence() -> None:
    playback = Playback()
    heard = listen(playback, Network().carry(packets([*CLEAN[:40], *[SILENCE] * 5])), 2)
    assert np.abs(heard[:48_000]).max() > 0.05
    assert not heard[60_000:].any()
    assert statistics(playback).concealed_percent == 0
    assert not statistics(playback).is_speaking
    assert playback.speaking() == {}


def test_stream_that_breaks_off_fades_after_three_frames() -> None:
    playback = Playback()
    heard = listen(playback, Network(base_ms=0).carry(packets(CLEAN[:40])), 2)
    end = (40 * 20 + 40 + 60) * 48 + 480
    assert not heard[end:].any()
    assert np.abs(np.diff(heard)).max() <= STEP + STEP_BOUND


def test_room_noise_goes_on_through_dtx() -> None:
    encoder = Encoder()
    encoder.set_dtx(True)
    noise = np.random.default_rng(1).normal(0, 0.001, 48_000 * 2).astype(np.float32)
    payloads = encode(np.concatenate([SPEECH[:48_000], noise]), encoder)
    carried: list[tuple[float, Header, bytes]] = []
    for number, (header, payload) in enumerate(packets(payloads)):
        is_rest = len(payload) <= MAX_QUIET_BYTES and len(payloads[number - 1]) <= MAX_QUIET_BYTES
        if not is_rest:
            sequence = (header.sequence - number + len(carried)) & 0xFFFF
            carried.append((number * 20.0, header._replace(sequence=sequence), payload))
    assert len(carried) < len(payloads) - 60, "this test needs DTX to set in"
    playback = Playback()
    heard = listen(playback, carried, 3)
    assert all(block.any() for block in heard[52_800:].reshape(-1, 480))
    assert statistics(playback).packets_lost == 0
    assert statistics(playback).concealed_percent == 0
    assert np.abs(np.diff(heard)).max() <= STEP + STEP_BOUND


def test_volume_of_one_and_of_all() -> None:
    def loudness(*, one: int = 100, everyone: int = 100) -> float:
        playback = Playback()
        playback.set_volume(USER, one)
        playback.set_output_volume(everyone)
        heard = listen(playback, Network().carry(packets(CLEAN[:100])), 1.9)
        return float(np.square(heard[4800:]).mean())

    usual = loudness()
    assert loudness(one=50) == pytest.approx(usual / 4, rel=0.02)
    assert loudness(one=200, everyone=50) == pytest.approx(usual, rel=0.02)
    assert loudness(one=0) == 0
    assert loudness(one=5000) == pytest.approx(usual * 4, rel=0.1), "200 % is the most"


def talk(
    playback: Playback, user: int | None, ssrc: int, sound: NDArray[np.float32], seconds: float
) -> list[tuple[float, int | None, Header, bytes]]:
    carried = Network().carry(packets(encode(sound[: int(seconds * 48_000)])))
    return [(at_ms, user, header._replace(ssrc=ssrc), payload) for at_ms, header, payload in carried]


def hear(
    playback: Playback, arrivals: list[tuple[float, int | None, Header, bytes]], seconds: float
) -> NDArray[np.float32]:
    arrivals = sorted(arrivals, key=lambda arrival: arrival[0])
    blocks = []
    for tick in range(int(seconds * 100)):
        while arrivals and arrivals[0][0] <= tick * 10:
            at_ms, user, header, payload = arrivals.pop(0)
            playback.receive(user, header, payload, at_ms)
        blocks.append(playback.render(480, tick * 10.0))
    return np.concatenate(blocks)


def test_each_speaker_has_a_decoder_of_their_own() -> None:
    voices = [speech_like(2, seed=seed) for seed in (1, 2, 3)]
    alone = [hear(playback := Playback(), talk(playback, 1, 1, voice, 2), 2) for voice in voices]
    playback = Playback()
    arrivals = [arrival for number, voice in enumerate(voices) for arrival in talk(playback, number, number, voice, 2)]
    assert np.allclose(hear(playback, arrivals, 2), sum(alone), atol=1e-5)


def test_others_give_way_to_a_priority_speaker() -> None:
    playback = Playback()
    playback.set_priority([2])
    one, other = speech_like(2, seed=1), np.zeros(96_000, np.float32)
    other[48_000:] = speech_like(1, seed=2)
    both = hear(playback, talk(playback, 1, 1, one, 2) + talk(playback, 2, 2, other, 2), 2)
    assert playback._gains[1].wanted in (0.25, 1.0)
    usual = hear(alone := Playback(), talk(alone, 1, 1, one, 2), 2)
    assert np.allclose(both[4800:40_000], usual[4800:40_000], atol=1e-3), "while the other is silent"
    playback = Playback()
    playback.set_priority([2])
    arrivals = talk(playback, 1, 1, one, 2) + talk(playback, 2, 2, speech_like(2, seed=2), 2)
    playback.set_volume(2, 0)
    ducked = hear(playback, arrivals, 1.9)
    assert np.square(ducked[24_000:]).mean() < 0.3 * np.square(usual[24_000 : len(ducked)]).mean()


def test_unknown_speaker_is_heard_and_gets_their_volume_when_known() -> None:
    playback = Playback()
    playback.set_volume(5, 0)
    arrivals = talk(playback, None, 9, SPEECH, 2)
    named = [(at_ms, 5 if at_ms > 1000 else None, header, payload) for at_ms, _, header, payload in arrivals]
    heard = hear(playback, named, 2)
    assert np.abs(heard[:48_000]).max() > 0.05
    assert not heard[52_000:].any()
    assert np.abs(np.diff(heard)).max() <= STEP + STEP_BOUND


def test_who_leaves_fades_out_and_is_forgotten() -> None:
    playback = Playback()
    arrivals = talk(playback, 5, 9, SPEECH, 2)
    loud = int(np.abs(SPEECH[48_000:]).argmax()) // 480 + 100
    heard = hear(playback, [arrival for arrival in arrivals if arrival[0] < loud * 10], loud / 100)
    playback.forget(5)
    rest = np.concatenate([playback.render(480, loud * 10.0 + tick * 10) for tick in range(20)])
    assert not rest[480:].any()
    assert np.abs(np.diff(np.concatenate([heard, rest]))).max() <= STEP + STEP_BOUND
    assert playback.statistics(0) == []


def test_next_call_begins_with_nobody() -> None:
    playback = Playback()
    hear(playback, talk(playback, 5, 9, SPEECH, 1), 1)
    playback.clear()
    playback.render(480, 1000)
    assert not playback.render(480, 1010).any()
    assert playback.statistics(0) == []


def test_stereo_keeps_its_sides() -> None:
    encoder = Encoder(channels=2, bitrate=96_000)
    left = speech_like(2, seed=4)
    sides = np.stack([left, np.zeros_like(left)], axis=1)
    payloads = [encoder.encode(frame) for frame in sides.reshape(-1, FRAME_SAMPLES, 2)]
    heard = listen(Playback(channels=2), Network().carry(packets(payloads)), 2)
    assert heard.shape == (96_000, 2)
    assert np.square(heard[:, 0]).mean() > 100 * np.square(heard[:, 1]).mean()


def test_other_payload_types_are_ignored() -> None:
    playback = Playback()
    playback.receive(1, Header(96, 1, 2, 3), CLEAN[0], 0.0)
    assert playback.statistics(0) == []


def test_speakers_are_bounded() -> None:
    playback = Playback()
    for ssrc in range(MAX_SPEAKERS + 20):
        playback.receive(None, Header(OPUS, 1, 2, ssrc), CLEAN[0], float(ssrc))
    kept = {found.ssrc for found in playback.statistics(0)}
    assert kept == set(range(20, MAX_SPEAKERS + 20)), "who has been silent for longest gives way"


hostile = st.tuples(
    st.sampled_from([OPUS, RED]),
    st.integers(0, 2**16 - 1),
    st.integers(0, 2**32 - 1),
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from([SILENCE, CLEAN[10], CLEAN[30], b"\xff\xff\xff", bytes([31 << 3 | 3, 6])]),
    ),
    st.floats(0, 300),
)


@given(st.lists(hostile, max_size=40), st.sampled_from([1, 2]))
def test_whatever_comes_the_sound_stays_within_bounds(
    sent: list[tuple[int, int, int, bytes, float]], channels: int
) -> None:
    playback = Playback(channels)
    now_ms = 0.0
    for payload_type, sequence, timestamp, payload, pause_ms in sent:
        playback.receive(USER, Header(payload_type, sequence, timestamp, SSRC), payload, now_ms)
        now_ms += pause_ms
        sound = playback.render(480, now_ms)
        assert sound.shape == ((480,) if channels == 1 else (480, 2))
        assert np.abs(sound).max() <= 1
    assert len(playback.statistics(now_ms)) <= 1
