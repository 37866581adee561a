"""Templates: what a guild was at one time, for others to be made like it."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import DefaultReaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class SerializedRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role; @everyone's id is 0."""

    id: int
    name: str
    permissions: Permissions
    color: int = 0
    hoist: bool = False
    mentionable: bool = False
    icon: str | None = None
    unicode_emoji: str | None = None


class SerializedOverwrite(msgspec.Struct, frozen=True, kw_only=True):
    """An overwrite for a role of the template."""

    id: int
    allow: Permissions
    deny: Permissions
    type: int = 0


class SerializedTag(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    name: str
    moderated: bool = False
    emoji_id: None = None
    emoji_name: str | None = None


class SerializedChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; its id and its category's are the template's own, counted from 1."""

    id: int
    type: int
    name: str
    position: int
    parent_id: int | None = None
    topic: str | None = None
    nsfw: bool = False
    rate_limit_per_user: int = 0
    bitrate: int = 64_000
    user_limit: int = 0
    default_auto_archive_duration: int | UnsetType = UNSET  # hikari cannot read a null
    permission_overwrites: list[SerializedOverwrite] = []
    rtc_region: None = None
    available_tags: list[SerializedTag] | UnsetType = UNSET
    default_thread_rate_limit_per_user: int | UnsetType = UNSET
    default_reaction_emoji: DefaultReaction | UnsetType = UNSET
    default_sort_order: int | UnsetType = UNSET
    default_forum_layout: int | UnsetType = UNSET
    flags: int | UnsetType = UNSET
    video_quality_mode: int | UnsetType = UNSET


class SerializedGuild(msgspec.Struct, frozen=True, kw_only=True):
    """A guild as a template keeps it; placeholder ids are numbers."""

    name: str
    description: str | None = None
    region: str = "deprecated"
    verification_level: int = 0
    default_message_notifications: int = 0
    explicit_content_filter: int = 0
    preferred_locale: str = "en-US"
    afk_timeout: int = 300
    roles: list[SerializedRole]
    channels: list[SerializedChannel]
    afk_channel_id: int | None = None
    system_channel_id: int | None = None
    system_channel_flags: int = 0
    icon_hash: str | None = None


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """A template; `is_dirty` is null where the guild is still what the template says."""

    code: str
    name: str
    description: str | None
    usage_count: int
    creator_id: Snowflake
    creator: User
    created_at: str
    updated_at: str
    source_guild_id: Snowflake
    serialized_source_guild: msgspec.Raw
    is_dirty: bool | None = None
