"""Webhooks, as the wire shows them."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class WebhookType(IntEnum):
    INCOMING = 1
    CHANNEL_FOLLOWER = 2
    APPLICATION = 3


class SourceGuild(msgspec.Struct, frozen=True, kw_only=True):
    """The guild whose channel a webhook follows."""

    id: Snowflake
    name: str
    icon: str | None = None


class SourceChannel(msgspec.Struct, frozen=True, kw_only=True):
    """The channel that a webhook follows."""

    id: Snowflake
    name: str


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook; `user` made it. Its token is shown to who manages webhooks."""

    id: Snowflake
    type: int
    guild_id: Snowflake
    channel_id: Snowflake
    name: str | None
    avatar: str | None = None
    application_id: Snowflake | None = None
    user: User | UnsetType = UNSET
    token: str | UnsetType = UNSET
    source_guild: SourceGuild | UnsetType = UNSET
    source_channel: SourceChannel | UnsetType = UNSET


class FollowedChannel(msgspec.Struct, frozen=True, kw_only=True):
    """POST /channels/{id}/followers: which webhook posts the channel's messages from now on."""

    channel_id: Snowflake
    webhook_id: Snowflake
