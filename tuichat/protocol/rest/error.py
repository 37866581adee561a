"""Error answers in Discord's JSON, and their codes."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType


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
    UNKNOWN_SCHEDULED_EVENT = 10070
    UNKNOWN_EVENT_USER = 10071
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
    MAX_SCHEDULED_EVENTS = 30038
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
    FINISHED_EVENT = 180000
    EMPTY_EXCEPTION = 180005
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
