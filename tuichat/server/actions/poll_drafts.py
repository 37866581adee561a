"""New polls: what a request for one may hold."""

from msgspec import UNSET

from tuichat.protocol.poll import CreatePollRequest, NewAnswer, PollEmoji
from tuichat.server import unicode_emoji
from tuichat.server.actions import emojis, errors, fields
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context
from tuichat.server.actions.posting import NewPoll
from tuichat.server.store.message_rows import PollAnswerRow

QUESTION_CHARACTERS = (1, 300)
ANSWER_CHARACTERS = (1, 55)
MAX_ANSWERS = 10
HOURS = (1, 768)
DEFAULT_HOURS = 24
LAYOUT = 1
_UNUSABLE_EMOJI = 520004  # Discord's documentation, "JSON Error Codes"


def check(request: CreatePollRequest) -> NewPoll:
    """Check a poll: a question of 300 characters, 1 to 10 answers of 55, 1 to 768 hours. Raises ActionError 50035."""
    question = fields.require_length("poll.question.text", request.question.text or "", *QUESTION_CHARACTERS)
    if not 1 <= len(request.answers) <= MAX_ANSWERS:
        raise errors.invalid_field(
            "poll.answers", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_ANSWERS} in length."
        )
    hours = request.duration if isinstance(request.duration, int | float) else DEFAULT_HOURS
    if not float(hours).is_integer():
        raise errors.invalid_field("poll.duration", "NUMBER_TYPE_COERCE", f"Value {hours} is not int.")
    if request.layout_type not in (UNSET, None, LAYOUT):
        raise errors.invalid_field("poll.layout_type", "BASE_TYPE_CHOICES", f"Value must be one of ({LAYOUT},).")
    return NewPoll(
        question=question,
        answers=tuple(_answer(number, answer) for number, answer in enumerate(request.answers)),
        hours=fields.require_range("poll.duration", int(hours), *HOURS),
        is_multiselect=bool(request.allow_multiselect),
    )


def require_usable(ctx: Context, place: Place, user_id: int, poll: NewPoll) -> None:
    """Refuse emojis of guilds that the poll's author may not use here: 520004."""
    for answer in poll.answers:
        if answer.emoji_id is not None and emojis.find_usable(ctx, place, user_id, answer.emoji_id) is None:
            raise errors.ActionError(400, _UNUSABLE_EMOJI, "Cannot use an emoji included with the poll")


def _answer(number: int, answer: NewAnswer) -> PollAnswerRow:
    path = f"poll.answers.{number}.poll_media"
    text = fields.require_length(f"{path}.text", answer.poll_media.text or "", *ANSWER_CHARACTERS)
    emoji = answer.poll_media.emoji or PollEmoji()
    if emoji.id is not None:
        return PollAnswerRow(id=number + 1, text=text, emoji_id=emoji.id)
    if not emoji.name:
        return PollAnswerRow(id=number + 1, text=text)
    name = unicode_emoji.qualified(emoji.name)
    if name is None:
        raise errors.invalid_field(f"{path}.emoji", "POLL_EMOJI_INVALID", "Invalid emoji")
    return PollAnswerRow(id=number + 1, text=text, emoji_name=name)
