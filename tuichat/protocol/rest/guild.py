"""Bodies of guilds: what makes and changes them, their roles, templates and invites."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import DefaultReaction
from tuichat.protocol.guild import RoleColors, WelcomeChannel
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import ForumTagRequest, OverwriteRequest
from tuichat.protocol.snowflake import Snowflake


class PlannedRole(msgspec.Struct, frozen=True, kw_only=True):
    """A role of a guild to be; `id` stands for it in the same request. The first one is @everyone."""

    id: Snowflake = Snowflake(0)
    name: str | None = None
    permissions: Permissions | None = None
    color: int | None = None
    hoist: bool | None = None
    mentionable: bool | None = None
    unicode_emoji: str | None = None


class PlannedChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of a guild to be; ids stand for roles and channels of the same request."""

    name: str
    type: int | None = 0
    id: Snowflake | None = None
    parent_id: Snowflake | None = None
    topic: str | None = None
    nsfw: bool | None = None
    rate_limit_per_user: int | None = None
    bitrate: int | None = None
    user_limit: int | None = None
    default_auto_archive_duration: int | None = None
    permission_overwrites: list[OverwriteRequest] | None = None
    available_tags: list[ForumTagRequest] | None = None
    default_thread_rate_limit_per_user: int | UnsetType | None = UNSET
    default_reaction_emoji: DefaultReaction | UnsetType | None = UNSET
    default_sort_order: int | UnsetType | None = UNSET
    default_forum_layout: int | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    video_quality_mode: int | UnsetType | None = UNSET


class CreateGuildRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new guild: empty lists of channels and roles mean the usual ones; `icon` is a data URI."""

    name: str
    icon: str | None = None
    verification_level: int | None = None
    default_message_notifications: int | None = None
    explicit_content_filter: int | None = None
    roles: list[PlannedRole] | None = None
    channels: list[PlannedChannel] | None = None
    afk_channel_id: Snowflake | None = None
    afk_timeout: int | None = None
    system_channel_id: Snowflake | None = None
    system_channel_flags: int | None = None
    preferred_locale: str | None = None
    guild_template_code: str | None = None


class TemplateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A template's name and description, when it is made or changed."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class UseTemplateRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    icon: str | None = None


class WidgetRequest(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool | UnsetType | None = UNSET
    channel_id: Snowflake | UnsetType | None = UNSET


class WelcomeScreenRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a welcome screen; null sets a field back."""

    enabled: bool | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    welcome_channels: list[WelcomeChannel] | UnsetType | None = UNSET


class VanityRequest(msgspec.Struct, frozen=True, kw_only=True):
    code: str | None = None


class EditGuildRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A change of a guild; pictures are data URIs."""

    name: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    icon: str | UnsetType | None = UNSET
    banner: str | UnsetType | None = UNSET
    splash: str | UnsetType | None = UNSET
    discovery_splash: str | UnsetType | None = UNSET
    owner_id: Snowflake | UnsetType | None = UNSET
    verification_level: int | UnsetType | None = UNSET
    default_message_notifications: int | UnsetType | None = UNSET
    explicit_content_filter: int | UnsetType | None = UNSET
    afk_channel_id: Snowflake | UnsetType | None = UNSET
    afk_timeout: int | UnsetType | None = UNSET
    system_channel_id: Snowflake | UnsetType | None = UNSET
    system_channel_flags: int | UnsetType | None = UNSET
    rules_channel_id: Snowflake | UnsetType | None = UNSET
    public_updates_channel_id: Snowflake | UnsetType | None = UNSET
    safety_alerts_channel_id: Snowflake | UnsetType | None = UNSET
    preferred_locale: str | UnsetType | None = UNSET
    features: list[str] | UnsetType | None = UNSET
    premium_progress_bar_enabled: bool | UnsetType | None = UNSET


class CreateInviteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`max_age` in seconds, 0 for ever; `max_uses` 0 for any number."""

    max_age: int = 86_400
    max_uses: int = 0
    temporary: bool = False
    unique: bool = False
    target_type: int | UnsetType | None = UNSET
    target_user_id: Snowflake | UnsetType | None = UNSET
    target_application_id: Snowflake | UnsetType | None = UNSET


class RoleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Create or edit a role. Libraries send `color` or `colors`, permissions as a string or an integer."""

    name: str | UnsetType = UNSET
    permissions: Permissions | UnsetType | None = UNSET
    color: int | UnsetType | None = UNSET
    colors: RoleColors | UnsetType | None = UNSET
    hoist: bool | UnsetType | None = UNSET
    icon: str | UnsetType | None = UNSET
    unicode_emoji: str | UnsetType | None = UNSET
    mentionable: bool | UnsetType | None = UNSET


class RolePosition(msgspec.Struct, frozen=True):
    """Where a role goes; 1 is just above @everyone."""

    id: Snowflake
    position: int | None = None
