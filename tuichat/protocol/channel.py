"""Channels of every kind, and their overwrites."""

from enum import IntEnum, IntFlag

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
POST_CHANNELS = frozenset({ChannelType.FORUM, ChannelType.MEDIA})  # only threads stand in them
THREADS = frozenset({ChannelType.ANNOUNCEMENT_THREAD, ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD})


class ChannelFlags(IntFlag):
    PINNED = 1 << 1  # a post, on top of its forum
    REQUIRE_TAG = 1 << 4  # a forum's posts carry at least one tag
    HIDE_MEDIA_DOWNLOAD_OPTIONS = 1 << 15  # a media channel


class PermissionOverwrite(msgspec.Struct, frozen=True, kw_only=True):
    """One overwrite; `type` is 0 for a role, 1 for a member."""

    id: Snowflake
    type: int
    allow: Permissions = NONE
    deny: Permissions = NONE


class ThreadMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What is special of a thread. `archive_timestamp` is when it was last archived, brought back, or its duration changed."""

    archived: bool
    auto_archive_duration: int  # minutes
    archive_timestamp: str
    locked: bool = False
    invitable: bool | UnsetType = UNSET  # private threads alone
    create_timestamp: str | UnsetType | None = UNSET


class ThreadMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who follows a thread. Threads in GUILD_CREATE may leave the ids out."""

    join_timestamp: str
    id: Snowflake | UnsetType = UNSET
    user_id: Snowflake | UnsetType = UNSET
    flags: int = 0


class ForumTag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that posts of a forum can carry."""

    id: Snowflake
    name: str
    moderated: bool = False
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


class DefaultReaction(msgspec.Struct, frozen=True, kw_only=True):
    """The emoji that a forum offers first: one of its guild's, or a character."""

    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


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
    last_pin_timestamp: str | UnsetType | None = UNSET
    rate_limit_per_user: int | UnsetType = UNSET
    bitrate: int | UnsetType = UNSET
    user_limit: int | UnsetType = UNSET
    rtc_region: str | UnsetType | None = UNSET
    video_quality_mode: int | UnsetType = UNSET
    status: str | UnsetType = UNSET  # of a voice channel that has one
    flags: int = 0
    recipients: list[User] | UnsetType = UNSET
    default_auto_archive_duration: int | UnsetType | None = UNSET
    default_thread_rate_limit_per_user: int | UnsetType = UNSET
    available_tags: list[ForumTag] | UnsetType = UNSET
    default_reaction_emoji: DefaultReaction | UnsetType | None = UNSET
    default_sort_order: int | UnsetType | None = UNSET
    default_forum_layout: int | UnsetType = UNSET
    owner_id: Snowflake | UnsetType | None = UNSET
    thread_metadata: ThreadMetadata | UnsetType = UNSET
    message_count: int | UnsetType = UNSET
    member_count: int | UnsetType = UNSET
    total_message_sent: int | UnsetType = UNSET
    applied_tags: list[Snowflake] | UnsetType = UNSET
    member: ThreadMember | UnsetType = UNSET
