"""Polls, as messages carry them and as requests make them."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class PollEmoji(msgspec.Struct, frozen=True, kw_only=True):
    """A unicode emoji by its `name`, or one of a guild by its `id`."""

    id: Snowflake | None = None
    name: str | None = None


class PollMedia(msgspec.Struct, frozen=True, kw_only=True):
    text: str | UnsetType | None = UNSET
    emoji: PollEmoji | UnsetType | None = UNSET


class NewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    poll_media: PollMedia


class CreatePollRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`duration` in whole hours, which discord.py sends as 24.0."""

    question: PollMedia
    answers: list[NewAnswer]
    duration: int | float | UnsetType | None = UNSET
    allow_multiselect: bool | UnsetType | None = UNSET
    layout_type: int | UnsetType | None = UNSET


class PollAnswer(msgspec.Struct, frozen=True, kw_only=True):
    answer_id: int
    poll_media: PollMedia


class PollAnswerCount(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    count: int
    me_voted: bool = False


class PollResults(msgspec.Struct, frozen=True, kw_only=True):
    """Answers without votes may be left out. `is_finalized`: the poll has ended and takes no more votes."""

    is_finalized: bool = False
    answer_counts: list[PollAnswerCount] = []


class Poll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll; `expiry` is ISO 8601. Without `results` nobody has counted, which is not the same as no votes."""

    question: PollMedia
    answers: list[PollAnswer]
    expiry: str | None = None
    allow_multiselect: bool = False
    layout_type: int = 1
    results: PollResults | UnsetType = UNSET
