"""Sound is joined without a step."""

import numpy as np
import pytest
from numpy.typing import NDArray

from tuichat.voice.sound_queue import SoundQueue

RISING: NDArray[np.float32] = np.linspace(0, 1, 960, dtype=np.float32)
LOUD: NDArray[np.float32] = np.ones(960, np.float32)


def largest_step(sound: NDArray[np.float32]) -> float:
    return float(np.abs(np.diff(sound, prepend=np.float32(0))).max())


def test_pieces_come_out_in_other_pieces() -> None:
    queue = SoundQueue(4000, 1)
    queue.put(RISING)
    queue.put(1 - RISING)
    got = np.concatenate([queue.get(count).copy() for count in (100, 860, 500, 460)])
    assert np.allclose(got[240:], np.concatenate([RISING, 1 - RISING])[240:])
    assert len(queue) == 0


def test_sound_after_silence_fades_in() -> None:
    queue = SoundQueue(4000, 1)
    queue.put(LOUD)
    first = queue.get(960).copy()
    assert largest_step(first) < 0.01
    assert first[240:].min() == 1
    queue.put_silence(480)
    queue.put(LOUD)
    queue.get(480)
    assert largest_step(queue.get(960)) < 0.01


def test_sound_ends_in_silence() -> None:
    queue = SoundQueue(4000, 1)
    queue.put(LOUD)
    assert not queue.is_at_rest
    queue.fade_out()
    assert queue.is_at_rest
    queue.put_silence(480)
    got = queue.get(1440).copy()
    assert largest_step(got) < 0.01
    assert not got[960:].any()


def test_what_is_left_out_is_led_over_from() -> None:
    queue = SoundQueue(4000, 1)
    queue.put(LOUD)
    queue.leave_out(LOUD)
    queue.put(-LOUD)
    got = queue.get(1920).copy()
    assert largest_step(got) < 0.02
    assert got[-1] == -1


@pytest.mark.parametrize("channels", [1, 2])
def test_memory_is_bounded(channels: int) -> None:
    queue = SoundQueue(3000, channels)
    piece = np.ones((960,) if channels == 1 else (960, 2), np.float32)
    for _ in range(20):
        queue.put(piece)
        assert len(queue) <= 3000
    for _ in range(20):
        queue.put(piece)
        assert queue.get(min(960, len(queue))).shape[1:] == piece.shape[1:]
