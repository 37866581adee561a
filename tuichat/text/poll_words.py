"""What a poll asks, what can be answered, and how long: in safe words."""

from datetime import UTC, datetime

import msgspec

from tuichat.protocol.message import Message
from tuichat.protocol.poll import Poll, PollAnswer, PollResults
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext

MAX_ANSWERS = 10  # of a poll, as on the wire
MAX_TEXT_CHARACTERS = 300


class PollTime(msgspec.Struct, frozen=True):
    """How long a poll takes votes, in words that are empty where it does not say."""

    words: str = ""
    is_over: bool = False


def poll_time(message: Message, now: datetime) -> PollTime:
    poll = message.poll
    if not isinstance(poll, Poll):
        return PollTime()
    if is_ended(poll, now):
        return PollTime(_("ended"), is_over=True)
    moment = _expiry(poll)
    return PollTime() if moment is None else PollTime(_left(moment, now))


def _left(moment: datetime, now: datetime) -> str:
    minutes = int((moment - now).total_seconds() // 60)
    if minutes < 1:
        return _("ends within a minute")
    if minutes < 60:
        return ngettext("{count} minute left", "{count} minutes left", minutes).format(count=minutes)
    hours = minutes // 60
    if hours < 48:
        return ngettext("{count} hour left", "{count} hours left", hours).format(count=hours)
    return ngettext("{count} day left", "{count} days left", hours // 24).format(count=hours // 24)


def is_ended(poll: Poll, now: datetime) -> bool:
    if isinstance(poll.results, PollResults) and poll.results.is_finalized:
        return True
    moment = _expiry(poll)
    return moment is not None and moment <= now


def answer_text(answer: PollAnswer) -> str:
    """Return an answer as a stranger wrote it, in one safe line."""
    emoji = answer.poll_media.emoji
    sign = emoji.name if emoji and emoji.name else ""
    if emoji and emoji.id is not None and sign:
        sign = f":{sign}:"
    text = answer.poll_media.text
    words = text if isinstance(text, str) else ""
    return safe_line(f"{sign[:40]} {words[:MAX_TEXT_CHARACTERS]}") or _("(no text)")


def question_text(poll: Poll) -> str:
    text = poll.question.text
    return safe_line(text[:MAX_TEXT_CHARACTERS] if isinstance(text, str) else "") or _("(no question)")


def _expiry(poll: Poll) -> datetime | None:
    try:
        moment = datetime.fromisoformat(poll.expiry or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
