"""The delay is brought to where it should be in quiet moments, and by periods of the voice."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tuichat.voice.delay_keeper import DelayKeeper
from tuichat.voice.playout_delay import PlayoutDelay

SILENCE: NDArray[np.float32] = np.zeros(960, np.float32)
VOICE: NDArray[np.float32] = np.asarray(
    0.2 * sum(np.sin(2 * np.pi * 120 * number * np.arange(960) / 48_000) for number in (1, 2, 3)), np.float32
)
NOISE: NDArray[np.float32] = np.asarray(np.random.default_rng(1).normal(0, 0.1, 960), np.float32)


def held_for(delay_ms: float) -> PlayoutDelay:
    """Return the delay of a network without jitter, which wants 20 ms, and has this one."""
    delay = PlayoutDelay()
    for number in range(100):
        delay.arrive(0.0, number * 20.0)
    delay.take(0.0, delay_ms)
    assert delay.wanted_ms == 20
    return delay


def corrected(delay: PlayoutDelay, frame: NDArray[np.float32], *, waiting: int = 0) -> int:
    """Return how many samples longer the first frame comes out after things have settled."""
    keeper = DelayKeeper(delay)
    for _ in range(20):
        result = keeper.corrected(frame, waiting=waiting, block=480)
        if len(result) != len(frame):
            return len(result) - len(frame)
    return 0


@pytest.mark.parametrize("frame", [SILENCE, VOICE, NOISE])
def test_right_delay_is_left_alone(frame: NDArray[np.float32]) -> None:
    assert corrected(held_for(20), frame) == 0
    assert corrected(held_for(18), frame) == 0


def test_silence_is_cut_by_whole_blocks() -> None:
    delay = held_for(31)
    assert corrected(delay, SILENCE) == -480
    assert delay.actual_ms == pytest.approx(21)
    assert corrected(held_for(29), SILENCE) == 0


def test_silence_brings_frames_back_to_where_blocks_end() -> None:
    assert corrected(held_for(20), SILENCE, waiting=200) == -200
    assert corrected(held_for(16), SILENCE, waiting=200) == 280


def test_shortage_is_mended_in_speech_too() -> None:
    assert corrected(held_for(15), VOICE) == 400, "one period of 120 Hz"
    delay, waiting = held_for(12), 0
    keeper = DelayKeeper(delay)
    for _ in range(20):
        waiting += len(keeper.corrected(VOICE, waiting=waiting, block=480))
        waiting %= 480
    assert 17 <= delay.actual_ms <= 32


def test_speech_is_shortened_when_it_is_far_too_late() -> None:
    assert corrected(held_for(30), VOICE) == 0
    assert corrected(held_for(38), VOICE) in (-400, -800)


def test_noise_waits_for_a_better_moment() -> None:
    assert corrected(held_for(38), NOISE) == 0
    assert corrected(held_for(10), NOISE) == 0


def test_corrections_are_apart_unless_it_is_urgent() -> None:
    for delay_ms, least_frames in ((38, 5), (160, 1)):
        delay = held_for(delay_ms)
        keeper = DelayKeeper(delay)
        changed = [number for number in range(12) if len(keeper.corrected(VOICE, waiting=0, block=480)) != 960]
        assert changed[1] - changed[0] == least_frames if len(changed) > 1 else delay_ms == 38
