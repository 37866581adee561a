"""Chunks between the sound card's thread and the loop: bounded, and late only once."""

import os
from collections.abc import Iterator

import pytest

from tuichat.voice.sample_queues import MAX_CAPTURED, SILENT_CHUNK, CaptureQueue, PlaybackQueue, Wake

CHUNK = b"\x01" * len(SILENT_CHUNK)


@pytest.fixture
def wake() -> Iterator[Wake]:
    made = Wake()
    yield made
    made.close()


def test_waking_often_wakes_once(wake: Wake) -> None:
    for _ in range(200_000):  # more than a pipe holds
        wake.set()
    while True:
        wake.clear()
        try:
            os.read(wake.reader, 1)
        except BlockingIOError:
            break


def test_a_full_capture_drops_the_oldest(wake: Wake) -> None:
    captured = CaptureQueue(wake)
    for number in range(MAX_CAPTURED + 2):
        captured.put(bytes([number]))
    assert captured.overruns == 2
    assert captured.take() == b"\x02"


def test_a_late_mixer_is_given_one_chunk_more_of_lead(wake: Wake) -> None:
    to_play = PlaybackQueue(wake)
    assert to_play.next() == SILENT_CHUNK
    assert to_play.underruns == 0, "nothing was to be played yet"
    to_play.put(CHUNK)
    assert to_play.next() == CHUNK
    assert to_play.next() == SILENT_CHUNK
    assert to_play.underruns == 1
    assert to_play.missing == PlaybackQueue.LEAST + 1


def test_the_lead_is_taken_back_after_half_a_minute_without_an_underrun(wake: Wake) -> None:
    to_play = PlaybackQueue(wake)
    to_play.put(CHUNK)
    to_play.next()
    to_play.next()
    assert to_play.target == PlaybackQueue.LEAST + 1
    for _ in range(PlaybackQueue.CALM_CHUNKS):
        to_play.put(CHUNK)
        to_play.next()
    assert to_play.target == PlaybackQueue.LEAST
