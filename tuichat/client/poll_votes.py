"""Votes in a message's poll as dispatches change them."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import Message
from tuichat.protocol.poll import Poll, PollAnswerCount, PollResults

MAX_COUNT = 2**31


def voted(message: Message, answer_id: int, *, is_own: bool, is_new: bool) -> Message:
    """Return the message with one more or one less vote for an answer; one's own counts once, however often it is told."""
    poll = message.poll
    if not isinstance(poll, Poll) or all(answer.answer_id != answer_id for answer in poll.answers):
        return message
    results = poll.results if isinstance(poll.results, PollResults) else PollResults()
    known = next((count for count in results.answer_counts if count.id == answer_id), None)
    counted = known or PollAnswerCount(id=answer_id, count=0)
    if is_own and counted.me_voted == is_new:
        return message
    changed = PollAnswerCount(
        id=answer_id,
        count=min(max(counted.count + (1 if is_new else -1), 0), MAX_COUNT),
        me_voted=is_new if is_own else counted.me_voted,
    )
    others = [count for count in results.answer_counts if count.id != answer_id]
    counts = sorted([*others, changed], key=lambda count: count.id)
    return _with(message, poll, msgspec.structs.replace(results, answer_counts=counts))


def begun(message: Message) -> Message:
    """Return a message that is new: in a poll that has just begun nobody has voted, though no results are told of it."""
    poll = message.poll
    if not isinstance(poll, Poll) or isinstance(poll.results, PollResults):
        return message
    return _with(message, poll, PollResults())


def own_votes(message: Message) -> frozenset[int]:
    """Return the answers that the user has voted for."""
    poll = message.poll
    if not isinstance(poll, Poll) or not isinstance(poll.results, PollResults):
        return frozenset()
    return frozenset(count.id for count in poll.results.answer_counts if count.me_voted)


def kept(message: Message, known: Message) -> Message:
    """A message of MESSAGE_UPDATE is told to many: what of its poll is one's own vote stays as it is known."""
    own, poll = own_votes(known), message.poll
    if not isinstance(poll, Poll):
        return message if known.poll is UNSET else msgspec.structs.replace(message, poll=known.poll)
    if not isinstance(poll.results, PollResults):
        return message if not isinstance(known.poll, Poll) else msgspec.structs.replace(message, poll=known.poll)
    counts = [msgspec.structs.replace(count, me_voted=count.id in own) for count in poll.results.answer_counts]
    if counts == poll.results.answer_counts:
        return message
    return _with(message, poll, msgspec.structs.replace(poll.results, answer_counts=counts))


def _with(message: Message, poll: Poll, results: PollResults) -> Message:
    return msgspec.structs.replace(message, poll=msgspec.structs.replace(poll, results=results))
