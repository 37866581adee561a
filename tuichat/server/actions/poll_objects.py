"""Polls as the wire shows them."""

from collections.abc import Sequence

from msgspec import UNSET

from tuichat.protocol.poll import Poll, PollAnswer, PollAnswerCount, PollEmoji, PollMedia, PollResults
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.store.message_rows import AnswerCount, PollAnswerRow, PollRow


def poll(row: PollRow, counts: Sequence[AnswerCount] | None) -> Poll:
    """A poll; `counts` None where nobody has counted."""
    return Poll(
        question=PollMedia(text=row.question),
        answers=[PollAnswer(answer_id=answer.id, poll_media=_media(answer)) for answer in row.answers],
        expiry=format_timestamp(row.expires_ms),
        allow_multiselect=row.is_multiselect,
        results=UNSET
        if counts is None
        else PollResults(
            is_finalized=row.is_finalized,
            answer_counts=[
                PollAnswerCount(id=count.answer_id, count=count.count, me_voted=count.is_mine) for count in counts
            ],
        ),
    )


def _media(answer: PollAnswerRow) -> PollMedia:
    has_emoji = answer.emoji_id is not None or answer.emoji_name is not None
    return PollMedia(
        text=UNSET if answer.text is None else answer.text,
        emoji=PollEmoji(id=answer.emoji_id, name=answer.emoji_name) if has_emoji else UNSET,
    )
