"""Rows: what the store keeps, as structs; times in Unix milliseconds."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.application_command import CommandOption, CommandPermission
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.social_rows import SocialRow


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


class ReferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a message answers (`type` 0) or forwards (1). A pin's or a thread's system message names one, too."""

    channel_id: Snowflake
    message_id: Snowflake | None = None
    guild_id: Snowflake | None = None
    type: int = 0


class AttachmentRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file of a message; `sha256` (hex) names what is stored. Sizes in pixels, `duration_s` in seconds."""

    id: Snowflake
    filename: str
    sha256: str
    size_bytes: int
    content_type: str | None = None
    title: str | None = None
    description: str | None = None
    width: int | None = None
    height: int | None = None
    duration_s: float | None = None
    waveform: str | None = None
    flags: int = 0


class PollAnswerRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An answer of a poll; `id` counts from 1."""

    id: int
    text: str | None = None
    emoji_id: Snowflake | None = None
    emoji_name: str | None = None


class PollRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A poll; it takes votes until `expires_ms`, and `is_finalized` once its result stands."""

    question: str
    answers: tuple[PollAnswerRow, ...]
    expires_ms: int
    is_multiselect: bool = False
    is_finalized: bool = False


class CallRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The call that a message tells of; `ended_ms` None while it goes on, and where the server stopped in its middle."""

    participant_ids: tuple[Snowflake, ...] = ()
    ended_ms: int | None = None


class MessageExtras(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What few messages have. A webhook's message says by which name and picture; Raw fields are JSON as the wire has it."""

    webhook_id: Snowflake | None = None
    author_name: str | None = None
    author_avatar: str | None = None
    application_id: Snowflake | None = None
    poll: PollRow | None = None
    snapshots: tuple[msgspec.Raw, ...] = ()  # what a forward shows
    interaction_metadata: msgspec.Raw | UnsetType = UNSET
    call: CallRow | None = None


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message; its time is its id's. `nonce` is the sender's own mark, as it was sent.

    `author_id` is a user's, or the webhook's that `extras` names.
    """

    id: Snowflake
    channel_id: Snowflake
    author_id: Snowflake
    type: int = 0
    content: str = ""
    edited_ms: int | None = None
    is_tts: bool = False
    flags: int = 0
    mentions_everyone: bool = False
    mention_ids: tuple[Snowflake, ...] = ()
    mention_role_ids: tuple[Snowflake, ...] = ()
    nonce: str | int | None = None
    reference: ReferenceRow | None = None
    embeds: bytes = b"[]"  # a JSON array, as it goes to the wire
    components: bytes = b"[]"  # likewise
    attachments: tuple[AttachmentRow, ...] = ()
    pinned_ms: int | None = None
    extras: MessageExtras | None = None


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


class MessageFile(msgspec.Struct, frozen=True):
    """What one message knows of the file of an attachment."""

    file: str
    size_bytes: int
    content_type: str | None
    message_id: Snowflake
    channel_id: Snowflake


class ReactionCount(msgspec.Struct, frozen=True):
    """How many reacted to a message with one emoji; `emoji` is a unicode one, or the id of one of a guild."""

    message_id: Snowflake
    emoji: str
    name: str | None
    is_animated: bool
    count: int
    is_mine: bool


class AnswerCount(msgspec.Struct, frozen=True):
    """How many voted for an answer of a poll."""

    message_id: Snowflake
    answer_id: int
    count: int
    is_mine: bool


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """What is shown with messages and does not stand in their rows, as one user sees it."""

    referenced: list[MessageRow] = []
    reactions: list[ReactionCount] = []
    answers: list[AnswerCount] = []


class OpenPollRow(msgspec.Struct, frozen=True, kw_only=True):
    """A poll whose result does not stand yet."""

    message_id: Snowflake
    channel_id: Snowflake
    expires_ms: int


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


class CrosspostRow(msgspec.Struct, frozen=True, kw_only=True):
    """A copy of a published message in a channel that follows."""

    source_id: Snowflake
    message_id: Snowflake
    channel_id: Snowflake


class CommandRow(msgspec.Struct, frozen=True, kw_only=True):
    """A command of an application: global, or of one guild. `contexts` None means everywhere that it is installed."""

    id: Snowflake
    application_id: Snowflake
    guild_id: Snowflake | None
    type: int
    name: str
    version: Snowflake
    description: str = ""
    name_localizations: dict[str, str] | None = None
    description_localizations: dict[str, str] | None = None
    options: tuple[CommandOption, ...] = ()
    default_member_permissions: Permissions | None = None
    contexts: tuple[int, ...] | None = None
    integration_types: tuple[int, ...] = (0,)
    is_nsfw: bool = False
    allows_direct: bool = True


class CommandPermissionsRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who may use a command in a guild, or where `target_id` is the application's, all its commands."""

    guild_id: Snowflake
    target_id: Snowflake
    application_id: Snowflake
    permissions: tuple[CommandPermission, ...] = ()


class InteractionRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An interaction whose token is good until fifteen minutes after its id's time.

    `token_hash` is the hex SHA-256 of the token's secret. `original_id` is the message that answers it; `callback` the kind
    of that answer, None before there is one; `is_loading` until a deferred answer is filled in. `message_id` is the message
    whose component was used, or whose component opened the modal. `target_id` is the user or message that a context menu
    command was used on; `opened_by` the interaction that a submitted modal answered.
    """

    id: Snowflake
    application_id: Snowflake
    token_hash: str
    type: int
    user_id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None = None
    session_id: str = ""
    nonce: str | int | None = None
    command_type: int | None = None
    command_name: str | None = None
    message_id: Snowflake | None = None
    custom_id: str | None = None
    option_type: int | None = None  # of the option that an autocomplete asks choices for
    callback: int | None = None
    is_ephemeral: bool = False
    is_loading: bool = False
    original_id: Snowflake | None = None
    target_id: Snowflake | None = None
    opened_by: "InteractionRow | None" = None


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
)
