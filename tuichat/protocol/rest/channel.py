"""Bodies of channels: what makes and changes them, who may do what there, and tags of forums."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import DefaultReaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake


class VoiceStatusRequest(msgspec.Struct, frozen=True, kw_only=True):
    status: str | None = None


class OverwriteRequest(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    type: int = 0
    allow: Permissions | None = None
    deny: Permissions | None = None


class ForumTagRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A tag of a forum; without `id` a new one."""

    name: str
    id: Snowflake | None = None
    moderated: bool | None = False
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


class ChannelFields(msgspec.Struct, frozen=True, kw_only=True):
    """What both a new channel and a change of one may say."""

    topic: str | UnsetType | None = UNSET
    position: int | UnsetType | None = UNSET
    parent_id: Snowflake | UnsetType | None = UNSET
    nsfw: bool | UnsetType | None = UNSET
    rate_limit_per_user: int | UnsetType | None = UNSET
    bitrate: int | UnsetType | None = UNSET
    user_limit: int | UnsetType | None = UNSET
    permission_overwrites: list[OverwriteRequest] | UnsetType | None = UNSET
    rtc_region: str | UnsetType | None = UNSET
    video_quality_mode: int | UnsetType | None = UNSET
    default_auto_archive_duration: int | UnsetType | None = UNSET
    default_thread_rate_limit_per_user: int | UnsetType | None = UNSET
    available_tags: list[ForumTagRequest] | UnsetType | None = UNSET
    default_reaction_emoji: DefaultReaction | UnsetType | None = UNSET
    default_sort_order: int | UnsetType | None = UNSET
    default_forum_layout: int | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET


class CreateChannelRequest(ChannelFields, frozen=True, kw_only=True):
    name: str
    type: int | None = 0


class ChannelPosition(msgspec.Struct, frozen=True, kw_only=True):
    """Where a channel goes among those of its kind. `lock_permissions`: it takes its new category's overwrites."""

    id: Snowflake
    position: int | None = None
    parent_id: Snowflake | UnsetType | None = UNSET
    lock_permissions: bool | None = None


class PutOverwriteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One overwrite of a channel; whose it is, the path says, whatever `id` libraries send along."""

    type: int = 0
    allow: Permissions | None = None
    deny: Permissions | None = None


class EditChannelRequest(ChannelFields, frozen=True, kw_only=True):
    """A change of a channel of any kind: `icon` and `owner` are a group's, whose name may be null, `archived` and what
    follows a thread's."""

    name: str | UnsetType | None = UNSET
    type: int | UnsetType | None = UNSET
    icon: str | UnsetType | None = UNSET
    owner: Snowflake | UnsetType = UNSET
    archived: bool | UnsetType | None = UNSET
    auto_archive_duration: int | UnsetType | None = UNSET
    locked: bool | UnsetType | None = UNSET
    invitable: bool | UnsetType | None = UNSET
    applied_tags: list[Snowflake] | UnsetType | None = UNSET
