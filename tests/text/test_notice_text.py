"""What a notice says of one message, and of many; and when which is told."""

import pytest

from tests.tui.hostile import FORBIDDEN
from tuichat.text.notice_text import MAX_BODY_CHARACTERS, Heard, notice_of
from tuichat.tui.notice_gatherer import GATHER_MS, NoticeGatherer

GENERAL, RANDOM = ("s/1", 10), ("s/1", 11)


def heard(place: tuple[str, int] = GENERAL, text: str = "hello", **fields: bool) -> Heard:
    name = {GENERAL: "#general", RANDOM: "#random"}.get(place, f"#c{place[1]}")
    return Heard(place, name, "Textual Labs", "grace", text, **fields)


def told(gatherer: NoticeGatherer, now_ms: int) -> list[tuple[str, str]]:
    return [(notice.title, notice.body) for notice in gatherer.take(now_ms)]


def test_one_message_is_told_by_its_words() -> None:
    notice = notice_of([heard(is_mention=True)])
    assert (notice.title, notice.body) == ("grace · #general, Textual Labs", "hello")
    assert notice.is_mention


def test_private_message_is_told_by_its_author() -> None:
    assert notice_of([Heard(("s/1", 9), "@grace", "", "grace", "psst")]).title == "grace"


@pytest.mark.parametrize(("mention", "expected"), [(True, "mentions you"), (False, "wrote a message")])
def test_text_may_stay_out(mention: bool, expected: str) -> None:
    assert notice_of([heard(text="", is_mention=mention)]).body == expected


def test_long_text_is_cut() -> None:
    assert len(notice_of([heard(text="long " * 100)]).body) <= MAX_BODY_CHARACTERS


def test_nothing_of_a_stranger_commands_a_terminal() -> None:
    notice = notice_of([Heard(("s/1", 9), "#\x1b]0;x\x07", "g\x9d", "\x1b[2J", "\x1b]9;owned\x07\n\r\x00")])
    assert not FORBIDDEN & set(notice.title + notice.body)


def test_first_message_is_told_at_once_and_the_burst_after_it_together() -> None:
    gatherer = NoticeGatherer()
    gatherer.add(heard())
    assert told(gatherer, 0) == [("grace · #general, Textual Labs", "hello")]
    for _ in range(5):
        gatherer.add(heard())
    assert told(gatherer, 100) == []
    assert gatherer.next_due_ms() == GATHER_MS
    assert told(gatherer, GATHER_MS) == [("#general, Textual Labs", "5 messages in #general")]
    assert gatherer.next_due_ms() is None


def test_channels_are_gathered_apart() -> None:
    gatherer = NoticeGatherer()
    gatherer.add(heard())
    assert len(told(gatherer, 0)) == 1
    gatherer.add(heard(RANDOM))
    assert told(gatherer, 1) == [("grace · #random, Textual Labs", "hello")]


def test_many_channels_at_once_are_one_notice() -> None:
    gatherer = NoticeGatherer()
    for number in range(8):
        gatherer.add(heard(("s/1", number)))
    assert told(gatherer, 0) == [("tuichat", "8 messages in 8 channels")]


def test_what_was_missed_is_one_notice_whatever_it_was() -> None:
    gatherer = NoticeGatherer()
    for place in (GENERAL, RANDOM, GENERAL):
        gatherer.add(heard(place, is_late=True))
    assert gatherer.next_due_ms() == 0
    assert told(gatherer, 0) == [("tuichat", "3 messages in 2 channels, while you were disconnected")]
    assert told(gatherer, 1) == []


def test_channel_that_is_being_read_tells_nothing_more() -> None:
    gatherer = NoticeGatherer()
    gatherer.add(heard())
    gatherer.add(heard(is_late=True))
    gatherer.add(heard(RANDOM))
    gatherer.forget(GENERAL)
    assert told(gatherer, 0) == [("grace · #random, Textual Labs", "hello")]
    gatherer.add(heard(RANDOM))
    gatherer.forget_all()
    assert gatherer.next_due_ms() is None


def test_memory_of_what_was_told_does_not_grow() -> None:
    gatherer = NoticeGatherer()
    for number in range(500):
        gatherer.add(heard(("s/1", number)))
        gatherer.take(number * GATHER_MS)
    assert len(gatherer._told_ms) == 1
