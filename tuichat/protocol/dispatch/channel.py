"""Dispatches of channels, and of what hangs on one: pins and webhooks."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel
from tuichat.protocol.snowflake import Snowflake


class ChannelCreate(Channel, frozen=True, kw_only=True):
    pass


class ChannelUpdate(Channel, frozen=True, kw_only=True):
    pass


class ChannelDelete(Channel, frozen=True, kw_only=True):
    pass


class ChannelPinsUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """A message was pinned or unpinned; `last_pin_timestamp` is the newest pin's, null when there is none."""

    channel_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET
    last_pin_timestamp: str | None = None


class WebhooksUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """WEBHOOKS_UPDATE: the webhooks of a channel are others now."""

    guild_id: Snowflake
    channel_id: Snowflake
