"""What a message holds beside its own words: a poll as chat markdown, and the message that it forwards."""

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import Message
from tuichat.protocol.poll import Poll

MAX_ANSWERS = 10  # of a poll, as on the wire
MAX_ANSWER_CHARACTERS = 300
MAX_SNAPSHOTS = 1  # of a forward, likewise


class AttachmentName(msgspec.Struct, frozen=True):
    """What is told of a file."""

    filename: str = ""
    size: int = 0


class Forwarded(msgspec.Struct, frozen=True):
    """The parts of a forwarded message that a terminal can show, as strangers wrote them."""

    content: str = ""
    embeds: list[msgspec.Raw] = []
    components: list[msgspec.Raw] = []
    attachments: list[AttachmentName] = []


class _Snapshot(msgspec.Struct, frozen=True):
    message: Forwarded


def poll_markdown(message: Message) -> Iterator[str]:
    """Yield the texts of a message's poll in order; they are as strangers wrote them."""
    if message.poll is not UNSET:
        yield from _poll(message.poll)


def forwarded(message: Message) -> Iterator[Forwarded]:
    """Yield what a message forwards; what cannot be read is left out."""
    if message.message_snapshots is UNSET:
        return
    for raw in message.message_snapshots[:MAX_SNAPSHOTS]:
        try:
            yield msgspec.json.decode(raw, type=_Snapshot).message
        except (msgspec.DecodeError, RecursionError):
            continue


def _poll(poll: Poll) -> Iterator[str]:
    results = None if poll.results is UNSET else poll.results
    counts = {} if results is None else {count.id: count for count in results.answer_counts}
    yield f"**{poll.question.text or ''}**"
    for answer in poll.answers[:MAX_ANSWERS]:
        count = counts.get(answer.answer_id)
        mark = "●" if count is not None and count.me_voted else "○"
        emoji = answer.poll_media.emoji
        sign = "" if not emoji or emoji.id is not None or not emoji.name else f"{emoji.name[:16]} "
        votes = "" if results is None else f"  {0 if count is None else count.count}"
        yield f"{mark} {sign}{(answer.poll_media.text or '')[:MAX_ANSWER_CHARACTERS]}{votes}"
    if results is not None and results.is_finalized:
        yield "(ended)"
