"""Rows of accounts and guilds and of what is theirs, and any row at all; times in Unix milliseconds."""

import msgspec

from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.channel_rows import ChannelRow, ThreadMemberRow
from tuichat.server.store.command_rows import CommandPermissionsRow, CommandRow, InteractionRow
from tuichat.server.store.message_rows import CrosspostRow, MessageRow, OpenPollRow
from tuichat.server.store.scheduled_event_rows import ScheduledRow
from tuichat.server.store.social_rows import SocialRow
from tuichat.server.store.stage_rows import StageRow


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account, or a bot's user. `name_key` is the folded user name that must be unique (`server/names.py`)."""

    id: Snowflake
    username: str
    name_key: str
    display_name: str | None = None
    is_bot: bool = False
    is_system: bool = False
    avatar: str | None = None  # the hash of its picture
    is_deleted: bool = False  # of the account nothing is left but what others see beside its messages

    @property
    def is_person(self) -> bool:
        """Whether somebody can sign in as it, and be written to."""
        return not (self.is_bot or self.is_system or self.is_deleted)


class PasswordRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account's argon2id hash; accounts of a personal server and bots have none."""

    user_id: Snowflake
    password_hash: str


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was given out: the SHA-256 of its secret part, never the token."""

    id: Snowflake
    user_id: Snowflake
    secret_hash: bytes


class ApplicationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A bot's application; its id is also its bot's user id. `flags` are Discord's (intents it may ask for)."""

    id: Snowflake
    owner_id: Snowflake | None
    name: str
    flags: int = 0
    is_public: bool = True
    description: str = ""
    icon: str | None = None
    endpoint_url: str | None = None  # where it takes interactions, instead of at the gateway


class WelcomeChannelRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A channel of a guild's welcome screen."""

    channel_id: Snowflake
    description: str
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


class GuildSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a guild's owner can set, beside its name and pictures; `features` are those that can be set."""

    description: str | None = None
    verification_level: int = 0
    default_notifications: int = 0
    content_filter: int = 0
    afk_channel_id: Snowflake | None = None
    afk_timeout_s: int = 300
    system_channel_flags: int = 0
    rules_channel_id: Snowflake | None = None
    updates_channel_id: Snowflake | None = None
    safety_channel_id: Snowflake | None = None
    locale: str = "en-US"
    features: tuple[str, ...] = ()
    has_progress_bar: bool = False
    is_widget_enabled: bool = False
    widget_channel_id: Snowflake | None = None
    is_welcome_enabled: bool = False
    welcome_description: str | None = None
    welcome_channels: tuple[WelcomeChannelRow, ...] = ()


class GuildRow(msgspec.Struct, frozen=True, kw_only=True):
    """A guild; pictures are images' hashes. `vanity_code` is an invite of its own, of which no other guild has the same."""

    id: Snowflake
    name: str
    owner_id: Snowflake
    system_channel_id: Snowflake | None = None
    icon: str | None = None
    banner: str | None = None
    splash: str | None = None
    discovery_splash: str | None = None
    vanity_code: str | None = None
    vanity_uses: int = 0
    settings: GuildSettings = GuildSettings()


class TemplateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A template: what a guild was when it was made or synced, as JSON that goes to the wire. A guild has at most one."""

    code: str
    guild_id: Snowflake
    name: str
    description: str | None
    creator_id: Snowflake
    created_ms: int
    updated_ms: int
    snapshot: bytes
    usage_count: int = 0


class RoleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A role; the one whose id is its guild's is @everyone. `bot_id` is the bot whose own role it is, `icon` an image's hash."""

    id: Snowflake
    guild_id: Snowflake
    name: str
    permissions: Permissions = NONE
    position: int = 0
    color: int = 0
    is_hoisted: bool = False
    is_mentionable: bool = False
    is_managed: bool = False
    secondary_color: int | None = None
    tertiary_color: int | None = None
    icon: str | None = None
    unicode_emoji: str | None = None
    bot_id: Snowflake | None = None


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a guild. `role_ids` leave @everyone out; who `is_temporary` goes when it disconnects without a role."""

    guild_id: Snowflake
    user_id: Snowflake
    joined_ms: int
    nick: str | None = None
    role_ids: tuple[Snowflake, ...] = ()
    timeout_until_ms: int | None = None
    flags: int = 0
    avatar: str | None = None
    banner: str | None = None
    bio: str | None = None
    is_temporary: bool = False
    is_mute: bool = False  # by a moderator, in every voice channel of the guild
    is_deaf: bool = False


class InviteRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invite; `max_age_s` and `max_uses` 0 mean without limit."""

    code: str
    guild_id: Snowflake
    channel_id: Snowflake
    inviter_id: Snowflake | None
    created_ms: int
    max_age_s: int = 86_400
    max_uses: int = 0
    uses: int = 0
    is_temporary: bool = False

    def is_valid(self, now_ms: int) -> bool:
        is_fresh = self.max_age_s == 0 or now_ms < self.created_ms + self.max_age_s * 1000
        return is_fresh and (self.max_uses == 0 or self.uses < self.max_uses)


class ReadStateRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far a user has read a channel, and how often it was mentioned since."""

    user_id: Snowflake
    channel_id: Snowflake
    last_message_id: Snowflake | None = None
    mention_count: int = 0
    version: int = 0  # higher than that of every earlier change
    last_pin_ms: int | None = None
    flags: int | None = None
    last_viewed: int | None = None  # in days since 2015


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a guild's audit log; its time is its id's. `changes` and `options` are JSON, as they go to the wire.

    `channel_id` is the channel or thread that the entry tells of; `is_hidden`: not all members could see that when it was
    written.
    """

    id: Snowflake
    guild_id: Snowflake
    user_id: Snowflake
    action_type: int
    target_id: Snowflake | None = None
    changes: bytes = b"[]"
    options: bytes | None = None
    reason: str | None = None
    channel_id: Snowflake | None = None
    is_hidden: bool = False


class ImageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A picture of something. `guild_id` is the guild that it goes with, 0 for none; `hash` has a_ before an animated one."""

    kind: str
    owner_id: Snowflake
    guild_id: Snowflake
    hash: str
    file: str


class BanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user who may not come (back) into a guild."""

    guild_id: Snowflake
    user_id: Snowflake
    reason: str | None = None


class EmojiRow(msgspec.Struct, frozen=True, kw_only=True):
    """An emoji of a guild, or of an application. `role_ids`: who of the guild may use it, everybody when there are none."""

    id: Snowflake
    guild_id: Snowflake | None
    application_id: Snowflake | None = None
    name: str
    creator_id: Snowflake
    is_animated: bool = False
    role_ids: tuple[Snowflake, ...] = ()


class SoundRow(msgspec.Struct, frozen=True, kw_only=True):
    """A sound of a guild's soundboard; its file stands among the images. `volume` is 0 to 1."""

    id: Snowflake
    guild_id: Snowflake
    name: str
    volume: float
    emoji_id: Snowflake | None
    emoji_name: str | None
    creator_id: Snowflake
    content_type: str
    size_bytes: int


class SeenRow(msgspec.Struct, frozen=True, kw_only=True):
    """The last day on which a user was here, in days since 1970 (UTC)."""

    user_id: Snowflake
    day: int


class LeftTimeoutRow(msgspec.Struct, frozen=True, kw_only=True):
    """Until when a user who left a guild may not speak there, should it come back; 0 once that was lifted."""

    guild_id: Snowflake
    user_id: Snowflake
    until_ms: int


class UploadRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody sends before the message that will show it. `key` is secret: who has it may send the bytes."""

    key: str
    user_id: Snowflake
    channel_id: Snowflake
    filename: str
    size_bytes: int
    created_ms: int


class WebhookRow(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook that posts into a channel (`type` 1), or that follows another one (2).

    `token` is kept as it is, since whoever manages webhooks is shown it again: log no webhook.
    """

    id: Snowflake
    type: int
    guild_id: Snowflake
    channel_id: Snowflake
    name: str | None
    avatar: str | None = None
    token: str | None = None
    user_id: Snowflake | None = None
    application_id: Snowflake | None = None
    source_guild_id: Snowflake | None = None
    source_channel_id: Snowflake | None = None


class SettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about the server itself, e.g. which guild is Home."""

    key: str
    value: str


Row = (
    UserRow
    | PasswordRow
    | TokenRow
    | ApplicationRow
    | GuildRow
    | RoleRow
    | ChannelRow
    | MemberRow
    | MessageRow
    | InviteRow
    | ReadStateRow
    | ThreadMemberRow
    | TemplateRow
    | AuditRow
    | CommandRow
    | CommandPermissionsRow
    | InteractionRow
    | ImageRow
    | BanRow
    | EmojiRow
    | SoundRow
    | SeenRow
    | LeftTimeoutRow
    | UploadRow
    | OpenPollRow
    | WebhookRow
    | CrosspostRow
    | SettingRow
    | SocialRow
    | ScheduledRow
    | StageRow
)
