"""The keeper's thread against a sound system that misbehaves."""

import queue
from collections.abc import Iterator

import pytest

from tests.voice.fake_sound import MICROPHONE, SPEAKER, FakeSound, FakeStream
from tuichat.voice.device import DeviceList, ServerReach
from tuichat.voice.sample_queues import CaptureQueue, PlaybackQueue, Wake
from tuichat.voice.stream_keeper import DevicesChanged, StreamClosed, StreamKeeper, StreamNews, StreamOpened

LIMIT_S = 10.0


class Kept:
    def __init__(self, sound: FakeSound) -> None:
        self.sound = sound
        self.wake = Wake()
        self.news: queue.Queue[StreamNews] = queue.Queue()
        self.keeper = StreamKeeper(sound, CaptureQueue(self.wake), PlaybackQueue(self.wake), self.news.put)

    def next(self) -> StreamNews:
        return self.news.get(timeout=LIMIT_S)


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept(FakeSound())
    yield made
    made.keeper.close()
    made.wake.close()


def test_an_error_of_any_kind_is_told_and_tried_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bare OSError, as a device vanishes, ended the thread for good."""

    def fails(key: str, give: object) -> FakeStream:
        raise OSError(-9996, "Invalid input device")

    monkeypatch.setattr(kept.sound, "open_output", fails)
    kept.keeper.want(None, "")
    told = kept.next()
    assert isinstance(told, StreamClosed)
    assert told.problem is not None
    assert "Invalid input device" in told.problem
    monkeypatch.undo()
    assert kept.next() == StreamOpened("output", "default", 20)


def test_devices_that_cannot_be_listed_do_not_keep_a_stream_from_opening(kept: Kept) -> None:
    kept.sound.found = OSError("gone")
    kept.keeper.want("mic", None)
    assert kept.next() == StreamOpened("input", "mic", 20)


def test_a_stream_that_dies_is_opened_again(kept: Kept) -> None:
    kept.keeper.want("mic", None)
    assert kept.next() == StreamOpened("input", "mic", 20)
    assert kept.sound.input_stream is not None
    kept.sound.input_stream.is_running = False
    closed = kept.next()
    assert isinstance(closed, StreamClosed)
    assert kept.next() == StreamOpened("input", "mic", 20)


def test_a_speaker_is_opened_anew_where_its_server_is_farther_away_than_it_was(kept: Kept) -> None:
    kept.keeper.want(None, "")
    assert kept.next() == StreamOpened("output", "default", 20)
    first = kept.sound.output_stream
    assert first is not None
    for asked_ms, is_closed in ((40, False), (41, True)):
        kept.sound.found = DeviceList((MICROPHONE,), (SPEAKER,), "pulse", ServerReach(asked_ms=asked_ms))
        kept.sound.changed()
        assert kept.next() == DevicesChanged()
        if is_closed:
            assert kept.next() == StreamClosed("output")
            assert kept.next() == StreamOpened("output", "default", 20)
    assert first.is_closed
    kept.keeper.want(None, None)
    assert kept.next() == StreamClosed("output"), "what was measured once closes a stream once"
