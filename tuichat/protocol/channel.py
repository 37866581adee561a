"""Channels of every kind, and their overwrites."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class ChannelType(IntEnum):
    TEXT = 0
    DM = 1
    VOICE = 2
    GROUP_DM = 3
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12
    STAGE = 13
    DIRECTORY = 14
    FORUM = 15
    MEDIA = 16


MESSAGE_CHANNELS = frozenset(
    {
        ChannelType.TEXT, ChannelType.DM, ChannelType.VOICE, ChannelType.GROUP_DM, ChannelType.ANNOUNCEMENT,
        ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD, ChannelType.STAGE,
    }
)  # fmt: skip
VOICE_CHANNELS = frozenset({ChannelType.VOICE, ChannelType.STAGE})


class PermissionOverwrite(msgspec.Struct, frozen=True, kw_only=True):
    """One overwrite; `type` is 0 for a role, 1 for a member."""

    id: Snowflake
    type: int
    allow: Permissions = NONE
    deny: Permissions = NONE


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel. Keys that its kind does not have are UNSET and absent; `type` stays an int, since newer kinds may come."""

    id: Snowflake
    type: int
    guild_id: Snowflake | UnsetType = UNSET
    name: str | UnsetType | None = UNSET
    position: int | UnsetType = UNSET
    permission_overwrites: list[PermissionOverwrite] | UnsetType = UNSET
    parent_id: Snowflake | UnsetType | None = UNSET
    topic: str | UnsetType | None = UNSET
    nsfw: bool | UnsetType = UNSET
    last_message_id: Snowflake | UnsetType | None = UNSET
    rate_limit_per_user: int | UnsetType = UNSET
    bitrate: int | UnsetType = UNSET
    user_limit: int | UnsetType = UNSET
    rtc_region: str | UnsetType | None = UNSET
    flags: int = 0
    recipients: list[User] | UnsetType = UNSET
