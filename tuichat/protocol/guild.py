"""Guilds with what belongs to them: roles, members, voice states, invites."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSound
from tuichat.protocol.stage import StageInstance
from tuichat.protocol.user import Presence, User


class RoleColors(msgspec.Struct, frozen=True, kw_only=True):
    primary_color: int = 0
    secondary_color: int | None = None
    tertiary_color: int | None = None


class RoleTags(msgspec.Struct, frozen=True, kw_only=True):
    """What a role belongs to: the bot whose own it is."""

    bot_id: Snowflake | UnsetType = UNSET


class Role(msgspec.Struct, frozen=True, kw_only=True):
    """A role; the one whose id is the guild's is @everyone."""

    id: Snowflake
    name: str
    color: int = 0
    colors: RoleColors = RoleColors()
    hoist: bool = False
    icon: str | None = None
    unicode_emoji: str | None = None
    position: int = 0
    permissions: Permissions = NONE
    managed: bool = False
    mentionable: bool = False
    flags: int = 0
    tags: RoleTags | UnsetType = UNSET


class PartialMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member without its user, as messages carry one."""

    roles: list[Snowflake] = []
    joined_at: str = "1970-01-01T00:00:00.000000+00:00"
    nick: str | None = None
    avatar: str | None = None
    banner: str | None = None
    premium_since: str | None = None
    deaf: bool = False
    mute: bool = False
    flags: int = 0
    pending: bool = False
    communication_disabled_until: str | None = None


class Member(PartialMember, frozen=True, kw_only=True):
    user: User

    @property
    def display_name(self) -> str:
        return self.nick or self.user.display_name


class VoiceState(msgspec.Struct, frozen=True, kw_only=True):
    """Where a member is in voice. GUILD_CREATE's entries leave guild_id out."""

    channel_id: Snowflake | None
    user_id: Snowflake
    session_id: str
    guild_id: Snowflake | UnsetType = UNSET
    member: Member | UnsetType = UNSET
    deaf: bool = False
    mute: bool = False
    self_deaf: bool = False
    self_mute: bool = False
    self_video: bool = False
    suppress: bool = False
    request_to_speak_timestamp: str | None = None


class Guild(msgspec.Struct, frozen=True, kw_only=True):
    """A guild's own fields, every key that discord.py, hikari and discord.js want among them (GET /guilds/{id}, GUILD_UPDATE)."""

    id: Snowflake
    name: str
    owner_id: Snowflake
    roles: list[Role] = []
    icon: str | None = None
    splash: str | None = None
    discovery_splash: str | None = None
    afk_channel_id: Snowflake | None = None
    afk_timeout: int = 300
    verification_level: int = 0
    default_message_notifications: int = 0
    explicit_content_filter: int = 0
    emojis: list[Emoji] = []
    stickers: list[msgspec.Raw] = []
    features: list[str] = []
    mfa_level: int = 0
    application_id: Snowflake | None = None
    system_channel_id: Snowflake | None = None
    system_channel_flags: int = 0
    rules_channel_id: Snowflake | None = None
    vanity_url_code: str | None = None
    description: str | None = None
    banner: str | None = None
    premium_tier: int = 0
    premium_subscription_count: int = 0
    preferred_locale: str = "en-US"
    public_updates_channel_id: Snowflake | None = None
    safety_alerts_channel_id: Snowflake | None = None
    nsfw_level: int = 0
    premium_progress_bar_enabled: bool = False
    widget_enabled: bool = False
    widget_channel_id: Snowflake | None = None
    max_presences: int | None = None
    max_members: int = 500_000
    max_video_channel_users: int = 25
    approximate_member_count: int | UnsetType = UNSET
    approximate_presence_count: int | UnsetType = UNSET


class PartialGuild(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of GET /users/@me/guilds."""

    id: Snowflake
    name: str
    icon: str | None = None
    banner: str | None = None
    owner: bool = False
    permissions: Permissions = NONE
    features: list[str] = []
    approximate_member_count: int | UnsetType = UNSET
    approximate_presence_count: int | UnsetType = UNSET


class GuildPreview(msgspec.Struct, frozen=True, kw_only=True):
    """GET /guilds/{id}/preview."""

    id: Snowflake
    name: str
    icon: str | None
    splash: str | None
    discovery_splash: str | None
    emojis: list[Emoji]
    stickers: list[msgspec.Raw] = []
    features: list[str]
    approximate_member_count: int
    approximate_presence_count: int
    description: str | None


class WelcomeChannel(msgspec.Struct, frozen=True, kw_only=True):
    """A channel of a welcome screen."""

    channel_id: Snowflake
    description: str
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


class WelcomeScreen(msgspec.Struct, frozen=True, kw_only=True):
    description: str | None
    welcome_channels: list[WelcomeChannel]


class WidgetSettings(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool
    channel_id: Snowflake | None


class WidgetChannel(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    name: str
    position: int


class WidgetMember(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is online, without the id; `id` only counts. In voice, with the channel and what of it is heard."""

    id: str
    username: str
    status: str
    avatar_url: str
    discriminator: str = "0000"
    avatar: None = None
    channel_id: Snowflake | UnsetType | None = UNSET
    deaf: bool | UnsetType = UNSET
    mute: bool | UnsetType = UNSET
    self_deaf: bool | UnsetType = UNSET
    self_mute: bool | UnsetType = UNSET
    suppress: bool | UnsetType = UNSET


class Widget(msgspec.Struct, frozen=True, kw_only=True):
    """What a guild shows on other people's pages."""

    id: Snowflake
    name: str
    instant_invite: str | None
    channels: list[WidgetChannel]
    members: list[WidgetMember]
    presence_count: int


class Onboarding(msgspec.Struct, frozen=True, kw_only=True):
    """A guild's questions to newcomers."""

    guild_id: Snowflake
    prompts: list[msgspec.Raw] = []
    default_channel_ids: list[Snowflake] = []
    enabled: bool = False
    mode: int = 0


class VanityUrl(msgspec.Struct, frozen=True, kw_only=True):
    """A guild's own invite code; null where it has none."""

    code: str | None
    uses: int


class FullGuild(Guild, frozen=True, kw_only=True):
    """GUILD_CREATE, and an entry of a user account's READY.guilds.

    `unavailable` is False in what follows READY and absent when a bot joins: discord.py tells the two apart by it.
    """

    joined_at: str = "1970-01-01T00:00:00.000000+00:00"
    large: bool = False
    unavailable: bool | UnsetType = False
    member_count: int = 0
    voice_states: list[VoiceState] = []
    members: list[Member] = []
    channels: list[Channel] = []
    threads: list[Channel] = []
    presences: list[Presence] = []
    stage_instances: list[StageInstance] = []
    guild_scheduled_events: list[ScheduledEvent] = []
    soundboard_sounds: list[SoundboardSound] = []


class UnavailableGuild(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a bot's READY.guilds, and GUILD_DELETE: without `unavailable` the user has left or was removed."""

    id: Snowflake
    unavailable: bool | UnsetType = UNSET


class InviteGuild(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    name: str
    icon: str | None = None
    banner: str | None = None
    splash: str | None = None
    description: str | None = None
    features: list[str] = []
    verification_level: int = 0
    vanity_url_code: str | None = None
    nsfw_level: int = 0


class InviteChannel(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    name: str
    type: int


class Invite(msgspec.Struct, frozen=True, kw_only=True):
    """An invite; the metadata (uses and what follows) only where the asker may see it, `new_member` for who accepts it."""

    code: str
    guild_id: Snowflake | UnsetType = UNSET
    guild: InviteGuild
    channel: InviteChannel
    inviter: User | UnsetType = UNSET
    type: int = 0
    expires_at: str | None = None
    approximate_member_count: int | UnsetType = UNSET
    approximate_presence_count: int | UnsetType = UNSET
    guild_scheduled_event: ScheduledEvent | UnsetType = UNSET
    new_member: bool | UnsetType = UNSET
    show_verification_form: bool | UnsetType = UNSET
    uses: int | UnsetType = UNSET
    max_uses: int | UnsetType = UNSET
    max_age: int | UnsetType = UNSET
    temporary: bool | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
