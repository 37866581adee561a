"""Tests of `tuichat.client.poll_votes`."""

import msgspec
from msgspec import UNSET

from tests.tui.messages.test_polls import with_poll
from tests.tui.samples import GENERAL
from tuichat.client import poll_votes, timeline
from tuichat.client.state import Timeline
from tuichat.protocol.message import Message
from tuichat.protocol.poll import Poll, PollResults


def counts(message: Message) -> list[tuple[int, int, bool]]:
    assert isinstance(message.poll, Poll)
    assert isinstance(message.poll.results, PollResults)
    return [(count.id, count.count, count.me_voted) for count in message.poll.results.answer_counts]


def test_others_votes_are_counted_and_taken_back() -> None:
    one = poll_votes.voted(with_poll((1, False), (0, False)), 2, is_own=False, is_new=True)
    assert counts(one) == [(1, 1, False), (2, 1, False)]
    assert counts(poll_votes.voted(one, 1, is_own=False, is_new=False)) == [(1, 0, False), (2, 1, False)]


def test_ones_own_vote_counts_once_however_often_it_is_told() -> None:
    once = poll_votes.voted(with_poll((1, False), (0, False)), 1, is_own=True, is_new=True)
    assert poll_votes.voted(once, 1, is_own=True, is_new=True) is once
    assert counts(once) == [(1, 2, True), (2, 0, False)]
    back = poll_votes.voted(once, 1, is_own=True, is_new=False)
    assert counts(back) == [(1, 1, False), (2, 0, False)]
    assert poll_votes.voted(back, 1, is_own=True, is_new=False) is back


def test_a_vote_for_an_answer_that_is_not_there_changes_nothing() -> None:
    poll = with_poll((1, False))
    assert poll_votes.voted(poll, 9, is_own=False, is_new=True) is poll


def test_an_update_that_is_told_to_all_keeps_ones_own_vote() -> None:
    known, told = with_poll((2, True), (0, False)), with_poll((3, False), (0, False), ended=True)
    assert counts(poll_votes.kept(told, known)) == [(1, 3, True), (2, 0, False)]
    bare = msgspec.structs.replace(told, poll=UNSET)
    assert poll_votes.kept(bare, known).poll == known.poll


def test_a_poll_that_has_just_begun_has_no_votes_though_no_results_are_told() -> None:
    counted = with_poll((1, False))
    assert isinstance(counted.poll, Poll)
    told = msgspec.structs.replace(counted, poll=msgspec.structs.replace(counted.poll, results=UNSET))
    known = Timeline(GENERAL, is_stale=False)
    timeline.receive(known, told, is_own=False)
    (entry,) = known.confirmed
    assert counts(entry.message) == []
    assert poll_votes.begun(counted) is counted
