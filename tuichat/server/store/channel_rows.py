"""Rows of channels, threads and direct messages, and of who follows a thread; times in Unix milliseconds."""

import msgspec

from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake


class OverwriteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's overwrite for a role (`type` 0) or a member (`type` 1)."""

    id: Snowflake
    type: int
    allow: Permissions = NONE
    deny: Permissions = NONE


class ThreadFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a thread has beside a channel's fields; `changed_ms` is when it was last archived or brought back."""

    created_ms: int
    changed_ms: int
    auto_archive_minutes: int = 4320
    is_archived: bool = False
    is_locked: bool = False
    is_invitable: bool = True
    tag_ids: tuple[Snowflake, ...] = ()


class ForumTagRow(msgspec.Struct, frozen=True, kw_only=True):
    """A tag that posts of a forum can carry; moderated ones only by who may manage threads."""

    id: Snowflake
    name: str
    is_moderated: bool = False
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


class ForumFields(msgspec.Struct, frozen=True, kw_only=True):
    """What a forum or media channel has beside a channel's fields."""

    tags: tuple[ForumTagRow, ...] = ()
    reaction_emoji_id: Snowflake | None = None
    reaction_emoji_name: str | None = None
    sort_order: int | None = None
    layout: int = 0


class ChannelRow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel, thread or direct message. From `bitrate` on, fields mean something for some kinds only.

    `owner_id` made the thread or owns the group; `recipient_ids` are all people of a direct message, in the order of
    their coming.
    """

    id: Snowflake
    type: int
    guild_id: Snowflake | None
    name: str
    position: int = 0
    parent_id: Snowflake | None = None
    overwrites: tuple[OverwriteRow, ...] = ()
    topic: str | None = None
    is_nsfw: bool = False
    rate_limit_s: int = 0
    bitrate: int = 64_000
    user_limit: int = 0
    flags: int = 0
    owner_id: Snowflake | None = None
    icon: str | None = None
    recipient_ids: tuple[Snowflake, ...] = ()
    default_auto_archive_minutes: int | None = None
    default_thread_rate_limit_s: int = 0
    thread: ThreadFields | None = None
    forum: ForumFields | None = None
    rtc_region: str | None = None
    video_quality: int = 1


class ThreadMemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user who follows a thread."""

    thread_id: Snowflake
    user_id: Snowflake
    joined_ms: int
    flags: int = 0
