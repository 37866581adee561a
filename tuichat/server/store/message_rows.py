"""Rows of messages and of what stands with them; times in Unix milliseconds."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class ReferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a message answers (`type` 0) or forwards (1). A pin's or a thread's system message names one, too."""

    channel_id: Snowflake
    message_id: Snowflake | None = None
    guild_id: Snowflake | None = None
    type: int = 0


class AttachmentRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a message; `sha256` (hex) names what is stored. Sizes in pixels, `duration_s` in seconds."""

    id: Snowflake
    filename: str
    sha256: str
    size_bytes: int
    content_type: str | None = None
    title: str | None = None
    description: str | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    waveform: str | None = None
    flags: int = 0


class PollAnswerRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer of a poll; `id` counts from 1."""

    id: int
    text: str | None = None
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


class PollRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A poll; it takes votes until `expires_ms`, and `is_finalized` once its result stands."""

    question: str
    answers: tuple[PollAnswerRow, ...]
    expires_ms: int
    is_multiselect: bool = False
    is_finalized: bool = False


class CallRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The call that a message tells of; `ended_ms` None while it goes on, and where the server stopped in its middle."""

    participant_ids: tuple[Snowflake, ...] = ()
    ended_ms: int | None = None


class MessageExtras(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What few messages have. A webhook's message says by which name and picture; Raw fields are JSON as the wire has it."""

    webhook_id: Snowflake | None = None
    author_name: str | None = None
    author_avatar: str | None = None
    application_id: Snowflake | None = None
    poll: PollRow | None = None
    snapshots: tuple[msgspec.Raw, ...] = ()  # what a forward shows
    interaction_metadata: msgspec.Raw | UnsetType = UNSET
    call: CallRow | None = None


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message; its time is its id's. `nonce` is the sender's own mark, as it was sent.

    `author_id` is a user's, or the webhook's that `extras` names.
    """

    id: Snowflake
    channel_id: Snowflake
    author_id: Snowflake
    type: int = 0
    content: str = ""
    edited_ms: int | None = None
    is_tts: bool = False
    flags: int = 0
    mentions_everyone: bool = False
    mention_ids: tuple[Snowflake, ...] = ()
    mention_role_ids: tuple[Snowflake, ...] = ()
    nonce: str | int | None = None
    reference: ReferenceRow | None = None
    embeds: bytes = b"[]"  # a JSON array, as it goes to the wire
    components: bytes = b"[]"  # likewise
    attachments: tuple[AttachmentRow, ...] = ()
    pinned_ms: int | None = None
    extras: MessageExtras | None = None


class MessageFile(msgspec.Struct, frozen=True):
    """What one message knows of the file of an attachment."""

    file: str
    size_bytes: int
    content_type: str | None
    message_id: Snowflake
    channel_id: Snowflake


class ReactionCount(msgspec.Struct, frozen=True):
    """How many reacted to a message with one emoji; `emoji` is a unicode one, or the id of one of a guild."""

    message_id: Snowflake
    emoji: str
    name: str | None
    is_animated: bool
    count: int
    is_mine: bool


class AnswerCount(msgspec.Struct, frozen=True):
    """How many voted for an answer of a poll."""

    message_id: Snowflake
    answer_id: int
    count: int
    is_mine: bool


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown with messages and does not stand in their rows, as one user sees it."""

    referenced: list[MessageRow] = []
    reactions: list[ReactionCount] = []
    answers: list[AnswerCount] = []


class OpenPollRow(msgspec.Struct, frozen=True, kw_only=True):
    """A poll whose result does not stand yet."""

    message_id: Snowflake
    channel_id: Snowflake
    expires_ms: int


class CrosspostRow(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a published message in a channel that follows."""

    source_id: Snowflake
    message_id: Snowflake
    channel_id: Snowflake
