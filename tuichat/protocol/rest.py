"""REST bodies: requests, answers, and errors in Discord's JSON."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import DefaultReaction
from tuichat.protocol.guild import RoleColors, WelcomeChannel
from tuichat.protocol.message import MessageReference
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.poll import CreatePollRequest
from tuichat.protocol.snowflake import Snowflake


class ErrorCode(IntEnum):
    """Codes of error bodies; the HTTP status stands with each action that raises one."""

    GENERAL = 0
    UNKNOWN_ACCOUNT = 10001
    UNKNOWN_CHANNEL = 10003
    UNKNOWN_GUILD = 10004
    UNKNOWN_INVITE = 10006
    UNKNOWN_MEMBER = 10007
    UNKNOWN_MESSAGE = 10008
    UNKNOWN_OVERWRITE = 10009
    UNKNOWN_ROLE = 10011
    UNKNOWN_USER = 10013
    UNKNOWN_TEMPLATE = 10057
    UNKNOWN_EMOJI = 10014
    UNKNOWN_BAN = 10026
    UNKNOWN_STICKER = 10060
    UNKNOWN_APPLICATION = 10002
    UNKNOWN_VOICE_STATE = 10065
    UNKNOWN_STAGE = 10067
    UNKNOWN_SOUND = 10097
    STAGE_OPEN = 150006
    UNKNOWN_WEBHOOK = 10015
    BOTS_CANNOT_USE = 20001
    ONLY_BOTS_CAN_USE = 20002
    SLOWMODE = 20016
    MAX_GUILDS = 30001
    MAX_PINS = 30003
    MAX_FRIENDS = 30002
    MAX_RECIPIENTS = 30004
    MAX_ROLES = 30005
    MAX_WEBHOOKS = 30007
    MAX_EMOJIS = 30008
    MAX_REACTIONS = 30010
    MAX_GUILD_WEBHOOKS = 30058
    MAX_GROUPS = 30011
    MAX_CHANNELS = 30013
    MAX_INVITES = 30016
    MAX_ANIMATED_EMOJIS = 30018
    MAX_THREAD_MEMBERS = 30033
    MAX_STICKERS = 30039
    MAX_PINNED_THREADS = 30047
    MAX_FORUM_TAGS = 30048
    MAX_SOUNDS = 30045
    TEMPLATE_EXISTS = 30031
    UNAUTHORIZED = 40001
    NOT_IN_VOICE = 40032
    TOO_LARGE = 40005
    BANNED = 40007
    OWNS_GUILDS = 40011  # in the way of deleting the account
    MISSING_ACCESS = 50001
    CANNOT_EXECUTE_ON_DM = 50003
    CANNOT_EDIT_OTHERS_MESSAGE = 50005
    EMPTY_MESSAGE = 50006
    CANNOT_MESSAGE_USER = 50007
    NON_TEXT_CHANNEL = 50008
    MISSING_PERMISSIONS = 50013
    INVALID_TOKEN = 50014
    INVITE_TAKEN = 50020
    SYSTEM_MESSAGE = 50021
    CHANNEL_TYPE = 50024
    INVALID_WEBHOOK_TOKEN = 50027
    INVALID_RECIPIENTS = 50033
    INVALID_FORM_BODY = 50035
    INVALID_MESSAGE_TYPE = 50068
    COMMUNITY_CHANNEL = 50074
    THREAD_ARCHIVED = 50083
    INVALID_JSON = 50109
    NO_VOICE_EFFECT = 50167
    THREAD_EXISTS = 160004
    THREAD_LOCKED = 160005
    MAX_ACTIVE_THREADS = 160006
    FAILED_TO_BAN = 500000
    FRIEND_REQUESTS_DISABLED = 80000
    FRIEND_REQUEST_BLOCKED = 80001
    BOTS_HAVE_NO_RELATIONSHIPS = 80002
    FRIEND_REQUEST_TO_SELF = 80003
    NO_SUCH_TAG = 80004
    ALREADY_FRIENDS = 80007


class FieldError(msgspec.Struct, frozen=True):
    """One fault of one field, e.g. BASE_TYPE_MAX_LENGTH with the limit in its message."""

    code: str
    message: str


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True):
    """An error answer. `errors` nests by key, list indexes as string keys, leaves are {"_errors": [FieldError]}."""

    message: str
    code: int = 0
    errors: msgspec.Raw | UnsetType = UNSET


class RateLimitBody(msgspec.Struct, frozen=True, kw_only=True):
    """429; `retry_after` in seconds. `code` is there where a rule of the channel limits, and no limit of the route."""

    message: str = "You are being rate limited."
    retry_after: float
    is_global: bool = msgspec.field(name="global", default=False)
    code: int | UnsetType = UNSET


class RegisterRequest(msgspec.Struct, frozen=True, kw_only=True):
    username: str | UnsetType | None = UNSET
    global_name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    password: str | UnsetType | None = UNSET
    invite: str | UnsetType | None = UNSET


class LoginRequest(msgspec.Struct, frozen=True, kw_only=True):
    login: str
    password: str


class RegisterResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A new account's token; GET /users/@me says whose it is."""

    token: str


class UserSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What Discord keeps of a user's settings in an answer to a login; ours are the client's own, these are its defaults."""

    locale: str = "en-US"
    theme: str = "dark"


class LoginResponse(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Snowflake
    token: str
    user_settings: UserSettings = UserSettings()


class LocalSignInResponse(msgspec.Struct, frozen=True, kw_only=True):
    """POST /tuichat/local/sign-in, an extension of ours: the token of an account of this machine's user."""

    user_id: Snowflake
    token: str


class EditUserRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures are data URIs. `password` is the one in use, for a new one or another email."""

    avatar: str | UnsetType | None = UNSET
    banner: str | UnsetType | None = UNSET
    accent_color: int | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
    pronouns: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    password: str | UnsetType | None = UNSET
    new_password: str | UnsetType | None = UNSET
    username: str | UnsetType = UNSET
    global_name: str | UnsetType | None = UNSET


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
    permission_overwrites: "list[OverwriteRequest] | None" = None
    available_tags: "list[ForumTagRequest] | None" = None
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


class VoiceStatusRequest(msgspec.Struct, frozen=True, kw_only=True):
    status: str | None = None


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


class AllowedMentions(msgspec.Struct, frozen=True, kw_only=True):
    """Who a message may ping; absent means everybody its text names, an empty `parse` nobody."""

    parse: list[str] | None = None
    roles: list[Snowflake] | None = None
    users: list[Snowflake] | None = None
    replied_user: bool | None = None


class AttachmentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a message says of one of its files: `id` is the N of `files[N]`, or that of a file that it has already.

    `uploaded_filename` names one that was sent before.
    """

    id: str | int | UnsetType | None = UNSET
    filename: str | UnsetType | None = UNSET
    title: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    uploaded_filename: str | UnsetType | None = UNSET
    duration_secs: float | UnsetType | None = UNSET
    waveform: str | UnsetType | None = UNSET


class CreateMessageRequest(msgspec.Struct, frozen=True, kw_only=True):
    content: str | UnsetType | None = UNSET
    nonce: str | int | UnsetType | None = UNSET
    enforce_nonce: bool | UnsetType | None = UNSET
    tts: bool | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    message_reference: MessageReference | UnsetType | None = UNSET
    allowed_mentions: AllowedMentions | UnsetType | None = UNSET
    embeds: list[msgspec.Raw] | UnsetType | None = UNSET
    components: list[msgspec.Raw] | UnsetType | None = UNSET
    sticker_ids: list[Snowflake] | UnsetType | None = UNSET
    poll: CreatePollRequest | UnsetType | None = UNSET
    attachments: list[AttachmentRequest] | UnsetType | None = UNSET


class ExecuteWebhookRequest(CreateMessageRequest, frozen=True, kw_only=True):
    """A webhook's message: with a name and a picture for this one message, or as the first of a new forum post."""

    username: str | UnsetType | None = UNSET
    avatar_url: str | UnsetType | None = UNSET
    thread_name: str | UnsetType | None = UNSET
    applied_tags: list[Snowflake] | UnsetType | None = UNSET


class CreateWebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    avatar: str | UnsetType | None = UNSET


class EditWebhookRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str | UnsetType = UNSET
    avatar: str | UnsetType | None = UNSET
    channel_id: Snowflake | UnsetType | None = UNSET


class EditMessageRequest(msgspec.Struct, frozen=True, kw_only=True):
    content: str | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    allowed_mentions: AllowedMentions | UnsetType | None = UNSET
    embeds: list[msgspec.Raw] | UnsetType | None = UNSET
    components: list[msgspec.Raw] | UnsetType | None = UNSET
    attachments: list[AttachmentRequest] | UnsetType | None = UNSET


class CreateInviteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`max_age` in seconds, 0 for ever; `max_uses` 0 for any number."""

    max_age: int = 86_400
    max_uses: int = 0
    temporary: bool = False
    unique: bool = False
    target_type: int | UnsetType | None = UNSET
    target_user_id: Snowflake | UnsetType | None = UNSET
    target_application_id: Snowflake | UnsetType | None = UNSET


class EditMemberRequest(msgspec.Struct, frozen=True, kw_only=True):
    nick: str | UnsetType | None = UNSET
    roles: list[Snowflake] | UnsetType | None = UNSET
    communication_disabled_until: str | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET
    mute: bool | UnsetType | None = UNSET
    deaf: bool | UnsetType | None = UNSET
    channel_id: Snowflake | UnsetType | None = UNSET


class EditVoiceStateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to somebody on a stage; `request_to_speak_timestamp` is for oneself alone."""

    channel_id: Snowflake | UnsetType | None = UNSET
    suppress: bool | UnsetType | None = UNSET
    request_to_speak_timestamp: str | UnsetType | None = UNSET


class EditOwnMemberRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a member shows of itself in one guild; pictures as data URIs."""

    nick: str | UnsetType | None = UNSET
    avatar: str | UnsetType | None = UNSET
    banner: str | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET


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


class GatewayResponse(msgspec.Struct, frozen=True, kw_only=True):
    url: str


class SessionStartLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How many IDENTIFYs are left; `reset_after` in milliseconds."""

    total: int
    remaining: int
    reset_after: int
    max_concurrency: int


class GatewayBotResponse(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    shards: int
    session_start_limit: SessionStartLimit


class VoiceProbe(msgspec.Struct, frozen=True, kw_only=True):
    """POST /tuichat/voice/probe, an extension of ours: an SSRC of which the media port answers some IP discoveries.

    For `expires_in_ms`, up to `answers` times, and only to the address that asks first. An account's next probe ends this one.
    """

    ssrc: int
    ip: str
    port: int
    expires_in_ms: int
    answers: int


class TuichatInfo(msgspec.Struct, frozen=True, kw_only=True):
    """GET /api/v10/tuichat: who this server is and what it can do. `server_id` is made at its first start and never changes.

    Features: "recovery": an account gets back in by its codes. "voice": the server carries voice, and its voice gateway, on
    the port of its gateway, has the gateway's scheme. VOICE_SERVER_UPDATE's endpoint has none: of any other server it
    stands for wss://, of one with this feature for ws:// where the client's own gateway is ws:// or a Unix socket.
    "voice_probe": POST /tuichat/voice/probe is there.
    """

    server_id: str
    version: str
    features: list[str]
    registration: str
    max_upload_bytes: int = 0  # of a file; 0 where it is not said
