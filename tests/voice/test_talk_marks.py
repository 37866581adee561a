"""Marks begin with a packet of speech and end a moment after the last one."""

from tuichat.voice.talk_marks import HANG_MS, TalkMarks


def test_a_mark_begins_once_and_outlasts_a_breath() -> None:
    marks = TalkMarks()
    assert marks.note(1, is_speech=True, now_ms=0)
    assert not marks.note(1, is_speech=True, now_ms=20)
    assert not marks.note(1, is_speech=False, now_ms=40)
    assert marks.expire(HANG_MS) == []
    assert marks.expire(20 + HANG_MS) == [1]
    assert marks.expire(30 + HANG_MS) == []
    assert marks.note(1, is_speech=True, now_ms=1000)


def test_silence_is_no_speech() -> None:
    marks = TalkMarks()
    assert not marks.note(1, is_speech=False, now_ms=0)
    assert marks.speaking == frozenset()


def test_who_leaves_is_forgotten() -> None:
    marks = TalkMarks()
    marks.note(1, is_speech=True, now_ms=0)
    assert marks.forget(1)
    assert not marks.forget(1)
