"""Notification settings of a guild and its channels, as one user has them; those of direct messages have no guild."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class MuteConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How long something is muted: until `end_time` (ISO 8601), or for ever. The window is how the user chose it."""

    end_time: str | None = None
    selected_time_window: int | UnsetType | None = UNSET


class ChannelOverride(msgspec.Struct, frozen=True, kw_only=True):
    """What differs for a channel; `message_notifications` 3 is what its guild has."""

    channel_id: Snowflake
    message_notifications: int = 3
    muted: bool = False
    mute_config: MuteConfig | None = None
    collapsed: bool = False
    flags: int = 0


class UserGuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, with Discord's defaults (discord-userdoccers, "User Guild Settings Object")."""

    guild_id: Snowflake | None
    channel_overrides: list[ChannelOverride] = []
    flags: int = 0
    hide_muted_channels: bool = False
    message_notifications: int = 3
    mobile_push: bool = True
    mute_scheduled_events: bool = False
    muted: bool = False
    mute_config: MuteConfig | None = None
    notify_highlights: int = 0
    suppress_everyone: bool = False
    suppress_roles: bool = False
    version: int = 0


class EditChannelOverride(msgspec.Struct, frozen=True, kw_only=True):
    message_notifications: int | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    mute_config: MuteConfig | UnsetType | None = UNSET
    collapsed: bool | UnsetType = UNSET
    flags: int | UnsetType = UNSET


class EditGuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH /users/@me/guilds/{id}/settings; overrides by channel id."""

    channel_overrides: dict[Snowflake, EditChannelOverride] | UnsetType | None = UNSET
    flags: int | UnsetType = UNSET
    hide_muted_channels: bool | UnsetType = UNSET
    message_notifications: int | UnsetType = UNSET
    mobile_push: bool | UnsetType = UNSET
    mute_scheduled_events: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    mute_config: MuteConfig | UnsetType | None = UNSET
    notify_highlights: int | UnsetType = UNSET
    suppress_everyone: bool | UnsetType = UNSET
    suppress_roles: bool | UnsetType = UNSET


class EditManyGuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH /users/@me/guilds/settings."""

    guilds: dict[Snowflake, EditGuildSettings]
