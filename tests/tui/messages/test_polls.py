"""Tests of `tuichat.tui.messages.polls`."""

from datetime import timedelta

import msgspec
import pytest

from tests.tui.hostile import FORBIDDEN, HOSTILE, WORD
from tests.tui.messages.test_layout import draw, texts
from tests.tui.samples import GRACE, ME, NOW, message
from tuichat.protocol.message import Message
from tuichat.protocol.poll import Poll, PollAnswer, PollAnswerCount, PollEmoji, PollMedia, PollResults
from tuichat.text.poll_words import PollTime, poll_time


def with_poll(*votes: tuple[int, bool], author: int = GRACE, several: bool = False, ended: bool = False) -> Message:
    """Return a message with the poll "tea?" whose answers have so many votes, and whether one of them is one's own."""
    words = ("yes", "no", "later")[: len(votes)]
    answers = [PollAnswer(answer_id=at, poll_media=PollMedia(text=text)) for at, text in enumerate(words, 1)]
    counts = [PollAnswerCount(id=at, count=count, me_voted=own) for at, (count, own) in enumerate(votes, 1)]
    poll = Poll(
        question=PollMedia(text="tea?"),
        answers=answers,
        expiry=(NOW + timedelta(hours=3, minutes=20)).isoformat(),
        allow_multiselect=several,
        results=PollResults(answer_counts=counts, is_finalized=ended),
    )
    return msgspec.structs.replace(message(author, 1, ""), poll=poll)


def test_a_poll_shows_votes_shares_and_the_time_left() -> None:
    item = with_poll((3, True), (1, False))
    assert texts(draw(item, poll=poll_time(item, NOW)))[2:] == [
        "▎ ┃ tea?",
        "▎ ┃ ● yes" + " " * 28 + "████████░░  75 %    3",
        "▎ ┃ ○ no" + " " * 29 + "██░░░░░░░░  25 %    1",
        "▎ ┃ 4 votes · 3 hours left",
    ]


def test_a_narrow_poll_leaves_the_bars_out() -> None:
    item = with_poll((3, True), (1, False))
    assert texts(draw(item, width=30, poll=poll_time(item, NOW)))[3] == "▎ ┃ ● yes          75 %    3"


def test_several_answers_are_boxes() -> None:
    shown = texts(draw(with_poll((3, True), (1, False), several=True)))
    assert shown[3].startswith("▎ ┃ [x] yes")
    assert "several answers" in shown[5]


def test_an_ended_poll_marks_the_winner_and_takes_no_click() -> None:
    item = with_poll((3, False), (1, False), ended=True)
    lines = draw(item, poll=poll_time(item, NOW))
    assert texts(lines)[3].endswith("3 ✓")
    assert texts(lines)[5] == "▎ ┃ 4 votes · ended"
    assert not [zone for line in lines for zone in line.zones if zone.action.startswith("vote:")]


def test_the_answers_of_a_selected_poll_have_numbers_and_its_author_may_end_it() -> None:
    lines = draw(with_poll((1, True), (0, False), author=ME), is_selected=True)
    assert texts(lines)[3].startswith("▎ ┃ 1 ● yes")
    assert [zone.action for zone in lines[-1].zones] == ["poll:who", "poll:unvote", "poll:end"]


@pytest.mark.parametrize(
    ("minutes", "words"), [(0.5, "ends within a minute"), (45, "45 minutes left"), (60 * 24 * 3, "3 days left")]
)
def test_the_time_left_in_words(minutes: float, words: str) -> None:
    poll = Poll(question=PollMedia(), answers=[], expiry=(NOW + timedelta(minutes=minutes)).isoformat())
    assert poll_time(msgspec.structs.replace(message(GRACE, 1, ""), poll=poll), NOW) == PollTime(words)


def test_a_poll_whose_time_is_over_takes_no_votes_before_the_server_says_so() -> None:
    poll = Poll(question=PollMedia(), answers=[], expiry=NOW.isoformat())
    assert poll_time(msgspec.structs.replace(message(GRACE, 1, ""), poll=poll), NOW).is_over


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_in_a_poll_is_text(kind: str) -> None:
    text = HOSTILE[kind]
    answers = [PollAnswer(answer_id=at, poll_media=PollMedia(text=text, emoji=PollEmoji(name=text))) for at in (1, 2)]
    poll = Poll(question=PollMedia(text=text), answers=answers, expiry=text)
    for selected in (False, True):
        lines = draw(msgspec.structs.replace(message(GRACE, 1, ""), poll=poll), is_selected=selected)
        assert not FORBIDDEN & set("".join(texts(lines)))
        assert any(WORD in line for line in texts(lines))
        assert {line.strip.cell_length for line in lines} == {60}
