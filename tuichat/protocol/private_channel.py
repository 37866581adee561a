"""Direct messages and groups, as one of their people sees them."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel
from tuichat.protocol.message import Message
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class PrivateChannel(Channel, frozen=True, kw_only=True):
    """A direct message (type 1) or a group (3); `recipients` leave the one out who asks."""

    icon: str | UnsetType | None = UNSET
    owner_id: Snowflake | UnsetType | None = UNSET
    is_message_request: bool | UnsetType = UNSET
    is_message_request_timestamp: str | UnsetType | None = UNSET
    is_spam: bool | UnsetType = UNSET


class PrivateChannelCreate(PrivateChannel, frozen=True, kw_only=True):
    """CHANNEL_CREATE; `origin_channel_id` is the direct message that a group was made from."""

    origin_channel_id: Snowflake | UnsetType = UNSET


class ChannelRecipientAdd(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    user: User


class ChannelRecipientRemove(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    user: User


class CreatePrivateChannelRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /users/@me/channels: one recipient opens a direct message, none or several make a group."""

    recipient_id: Snowflake | UnsetType | None = UNSET
    recipients: list[Snowflake] | UnsetType | None = UNSET


class ConsentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /channels/{id}/recipients/@me."""

    consent_status: int


class BatchRejectRequest(msgspec.Struct, frozen=True, kw_only=True):
    channel_ids: list[Snowflake]


class MessageRequestPreview(msgspec.Struct, frozen=True, kw_only=True):
    """The message that a stranger's request began with."""

    channel_id: Snowflake
    message_preview: Message
