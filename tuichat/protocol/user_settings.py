"""An account's settings, which follow it from client to client."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class CustomStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A custom status; of its two emojis one at most is set. `expires_at` is ISO 8601."""

    text: str | None = None
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None
    expires_at: str | None = None


class FriendSourceFlags(msgspec.Struct, frozen=True, kw_only=True):
    """Who may ask for friendship; `all` stands above the others."""

    all: bool = False
    mutual_friends: bool = False
    mutual_guilds: bool = False


class GuildFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Guilds that stand together in a client's list; one without an id is a single guild's place."""

    guild_ids: list[Snowflake]
    id: int | None = None
    name: str | None = None
    color: int | None = None


class UserSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, with Discord's defaults (discord-userdoccers, "User Settings Object")."""

    activity_joining_restricted_guild_ids: list[Snowflake] = []
    activity_restricted_guild_ids: list[Snowflake] = []
    afk_timeout: int = 600
    allow_accessibility_detection: bool = False
    allow_activity_party_privacy_friends: bool = True
    allow_activity_party_privacy_voice_channel: bool = True
    animate_emoji: bool = True
    animate_stickers: int = 0
    contact_sync_enabled: bool = False
    convert_emoticons: bool = True
    custom_status: CustomStatus | None = None
    default_guilds_restricted: bool = False
    detect_platform_accounts: bool = True
    developer_mode: bool = False
    disable_games_tab: bool = False
    enable_tts_command: bool = True
    explicit_content_filter: int = 1
    friend_discovery_flags: int = 0
    friend_source_flags: FriendSourceFlags = FriendSourceFlags(all=True, mutual_friends=True, mutual_guilds=True)
    gif_auto_play: bool = True
    guild_folders: list[GuildFolder] = []
    guild_positions: list[Snowflake] = []
    inline_attachment_media: bool = True
    inline_embed_media: bool = True
    locale: str = "en-US"
    message_display_compact: bool = False
    native_phone_integration_enabled: bool = False
    passwordless: bool = False
    render_embeds: bool = True
    render_reactions: bool = True
    restricted_guilds: list[Snowflake] = []
    show_current_game: bool = True
    slayer_sdk_receive_dms_in_game: int = 0
    status: str = "online"
    stream_notifications_enabled: bool = False
    theme: str = "dark"
    timezone_offset: int = 0
    view_nsfw_commands: bool = False
    view_nsfw_guilds: bool = False


class EditUserSettings(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH /users/@me/settings, and what USER_SETTINGS_UPDATE tells: the changed ones alone. Unknown keys are passed over."""

    activity_joining_restricted_guild_ids: list[Snowflake] | UnsetType = UNSET
    activity_restricted_guild_ids: list[Snowflake] | UnsetType = UNSET
    afk_timeout: int | UnsetType = UNSET
    allow_accessibility_detection: bool | UnsetType = UNSET
    allow_activity_party_privacy_friends: bool | UnsetType = UNSET
    allow_activity_party_privacy_voice_channel: bool | UnsetType = UNSET
    animate_emoji: bool | UnsetType = UNSET
    animate_stickers: int | UnsetType = UNSET
    contact_sync_enabled: bool | UnsetType = UNSET
    convert_emoticons: bool | UnsetType = UNSET
    custom_status: CustomStatus | UnsetType | None = UNSET
    default_guilds_restricted: bool | UnsetType = UNSET
    detect_platform_accounts: bool | UnsetType = UNSET
    developer_mode: bool | UnsetType = UNSET
    disable_games_tab: bool | UnsetType = UNSET
    enable_tts_command: bool | UnsetType = UNSET
    explicit_content_filter: int | UnsetType = UNSET
    friend_discovery_flags: int | UnsetType = UNSET
    friend_source_flags: FriendSourceFlags | UnsetType = UNSET
    gif_auto_play: bool | UnsetType = UNSET
    guild_folders: list[GuildFolder] | UnsetType = UNSET
    guild_positions: list[Snowflake] | UnsetType = UNSET
    inline_attachment_media: bool | UnsetType = UNSET
    inline_embed_media: bool | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    message_display_compact: bool | UnsetType = UNSET
    native_phone_integration_enabled: bool | UnsetType = UNSET
    passwordless: bool | UnsetType = UNSET
    render_embeds: bool | UnsetType = UNSET
    render_reactions: bool | UnsetType = UNSET
    restricted_guilds: list[Snowflake] | UnsetType = UNSET
    show_current_game: bool | UnsetType = UNSET
    slayer_sdk_receive_dms_in_game: int | UnsetType = UNSET
    status: str | UnsetType = UNSET
    stream_notifications_enabled: bool | UnsetType = UNSET
    theme: str | UnsetType = UNSET
    timezone_offset: int | UnsetType = UNSET
    view_nsfw_commands: bool | UnsetType = UNSET
    view_nsfw_guilds: bool | UnsetType = UNSET


class SettingsProto(msgspec.Struct, frozen=True, kw_only=True):
    """What a settings proto answers; `settings` is base64."""

    settings: str
    out_of_date: bool | UnsetType = UNSET


class EditSettingsProto(msgspec.Struct, frozen=True, kw_only=True):
    settings: str
    required_data_version: int | UnsetType | None = UNSET


class ProtoContent(msgspec.Struct, frozen=True, kw_only=True):
    type: int
    proto: str


class UserSettingsProtoUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """USER_SETTINGS_PROTO_UPDATE: the whole of it, unless `partial`."""

    settings: ProtoContent
    partial: bool = False


class Note(msgspec.Struct, frozen=True, kw_only=True):
    note: str
    note_user_id: Snowflake
    user_id: Snowflake


class EditNoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    note: str | None = None


class UserNoteUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """USER_NOTE_UPDATE: `id` is the user's whom it is about."""

    id: Snowflake
    note: str
