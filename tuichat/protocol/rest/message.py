"""Bodies of messages that are written and changed."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.message import MessageReference
from tuichat.protocol.poll import CreatePollRequest
from tuichat.protocol.snowflake import Snowflake


class AllowedMentions(msgspec.Struct, frozen=True, kw_only=True):
    """Who a message may ping; absent means everybody its text names, an empty `parse` nobody."""

    parse: list[str] | None = None
    roles: list[Snowflake] | None = None
    users: list[Snowflake] | None = None
    replied_user: bool | None = None


class AttachmentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of one of its files: `id` is the N of `files[N]`, or that of a file that it has already.

    `uploaded_filename` names one that was sent before.
    """

    id: str | int | UnsetType | None = UNSET
    filename: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    uploaded_filename: str | UnsetType | None = UNSET
    duration_secs: float | UnsetType | None = UNSET
    waveform: str | UnsetType | None = UNSET


class CreateMessageRequest(msgspec.Struct, frozen=True, kw_only=True):
    content: str | UnsetType | None = UNSET
    nonce: str | int | UnsetType | None = UNSET
    enforce_nonce: bool | UnsetType | None = UNSET
    tts: bool | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    message_reference: MessageReference | UnsetType | None = UNSET
    allowed_mentions: AllowedMentions | UnsetType | None = UNSET
    embeds: list[msgspec.Raw] | UnsetType | None = UNSET
    components: list[msgspec.Raw] | UnsetType | None = UNSET
    sticker_ids: list[Snowflake] | UnsetType | None = UNSET
    poll: CreatePollRequest | UnsetType | None = UNSET
    attachments: list[AttachmentRequest] | UnsetType | None = UNSET


class EditMessageRequest(msgspec.Struct, frozen=True, kw_only=True):
    content: str | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    allowed_mentions: AllowedMentions | UnsetType | None = UNSET
    embeds: list[msgspec.Raw] | UnsetType | None = UNSET
    components: list[msgspec.Raw] | UnsetType | None = UNSET
    attachments: list[AttachmentRequest] | UnsetType | None = UNSET
