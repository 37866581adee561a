"""The gateway's words: opcodes, close codes and the payloads that clients and servers exchange."""

import enum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import ActivityRequest

MAX_CLIENT_PAYLOAD_BYTES = 4096  # Discord's documentation, "Sending Events": a larger one is closed with 4002
MAX_CLIENT_FRAMES = 120  # "Rate Limiting": client frames in a window, heartbeats included
RATE_WINDOW_MS = 60_000
MAX_REQUESTED_MEMBERS = 100  # "Request Guild Members": ids in `user_ids`
SUPPORTED_VERSIONS = (9, 10)
DEFAULT_HEARTBEAT_INTERVAL_MS = 41_250  # what Discord itself sends


class Opcode(enum.IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    CALL_CONNECT = 13
    GUILD_SUBSCRIPTIONS = 14
    REQUEST_SOUNDBOARD_SOUNDS = 31
    GUILD_SUBSCRIPTIONS_BULK = 37
    REQUEST_CHANNEL_INFO = 43


class Capability(enum.IntFlag):
    """What a user account's IDENTIFY says that its client can do (discord-userdoccers, "Gateway Capabilities")."""

    LAZY_USER_NOTES = 1 << 0
    VERSIONED_READ_STATES = 1 << 2
    VERSIONED_USER_GUILD_SETTINGS = 1 << 3
    NON_CHANNEL_READ_STATES = 1 << 7
    USER_SETTINGS_PROTO = 1 << 9
    AUTO_CALL_CONNECT = 1 << 12


class Recovery(enum.Enum):
    """What a client does after a close."""

    RESUME = "resume"
    NEW_SESSION = "new session"
    GIVE_UP = "give up"


class CloseCode(enum.IntEnum):
    """Close codes with a meaning of their own; any other code, and none at all, leaves the session resumable."""

    NORMAL = 1000
    GOING_AWAY = 1001
    UNKNOWN_ERROR = 4000
    UNKNOWN_OPCODE = 4001
    DECODE_ERROR = 4002
    NOT_AUTHENTICATED = 4003
    AUTHENTICATION_FAILED = 4004
    ALREADY_AUTHENTICATED = 4005
    INVALID_SEQUENCE = 4007
    RATE_LIMITED = 4008
    SESSION_TIMED_OUT = 4009
    INVALID_SHARD = 4010
    SHARDING_REQUIRED = 4011
    INVALID_API_VERSION = 4012
    INVALID_INTENTS = 4013
    DISALLOWED_INTENTS = 4014


_GIVE_UP = {
    CloseCode.AUTHENTICATION_FAILED: "the server does not accept this token: sign in again",
    CloseCode.INVALID_SHARD: "the server does not accept this shard: check the shard's number and count",
    CloseCode.SHARDING_REQUIRED: "the server wants this bot to shard: start it with more shards",
    CloseCode.INVALID_API_VERSION: "the server does not speak this gateway version: update tuichat or the server",
    CloseCode.INVALID_INTENTS: "the server does not know an intent that was asked for: ask for fewer intents",
    CloseCode.DISALLOWED_INTENTS: (
        "an intent was asked for that this bot is not allowed: enable it for the application, or ask for fewer"
    ),
}
_NEW_SESSION = frozenset({CloseCode.INVALID_SEQUENCE, CloseCode.SESSION_TIMED_OUT})


def recovery_after(code: int | None) -> Recovery:
    """Say what a client does when a server closed with `code`; None means that the connection broke."""
    if code in _GIVE_UP:
        return Recovery.GIVE_UP
    if code in _NEW_SESSION:
        return Recovery.NEW_SESSION
    return Recovery.RESUME


def explain_close(code: int | None) -> str:
    """Return one sentence without a full stop for the user: what the close means, and what to do."""
    if code is None:
        return "the connection to the server broke"
    if code in _GIVE_UP:
        return f"{_GIVE_UP[CloseCode(code)]} (close code {code})"
    try:
        name = CloseCode(code).name.lower().replace("_", " ")
    except ValueError:
        name = "no known reason"
    return f"the server closed the connection: {name} (close code {code})"


def ends_session(code: int | None) -> bool:
    """Say whether a CLIENT's close ends its session: only 1000 and 1001 do, all else may resume."""
    return code in (CloseCode.NORMAL, CloseCode.GOING_AWAY)


class Envelope(msgspec.Struct, frozen=True):
    """The outer object of every payload; the body stays raw until somebody knows its type."""

    op: int
    d: msgspec.Raw = msgspec.Raw(b"null")
    s: int | None = None
    t: str | None = None


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    heartbeat_interval: int


class PresenceUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """Op 3, and IDENTIFY's `presence`. hikari sends `game` instead of `activities`, discord.py does in IDENTIFY;
    read `shown_activities` and `shown_status`."""

    status: str | None = "online"
    activities: list[ActivityRequest] | UnsetType | None = UNSET
    game: ActivityRequest | UnsetType | None = UNSET
    since: int | float | None = None
    afk: bool = False

    @property
    def shown_activities(self) -> list[ActivityRequest]:
        if self.activities:
            return self.activities
        return [self.game] if self.game else []

    @property
    def shown_status(self) -> str:
        """One of online, idle, dnd, invisible; anything else that was sent counts as online, offline as invisible."""
        if self.status == "offline":
            return "invisible"
        return self.status if self.status in ("online", "idle", "dnd", "invisible") else "online"


class IdentifyProperties(msgspec.Struct, frozen=True, kw_only=True):
    os: str = ""
    browser: str = ""
    device: str = ""


class Identify(msgspec.Struct, frozen=True, kw_only=True):
    """Op 2. Bots send `intents`, user accounts may leave them out; `tuichat_events` names extension dispatches wanted.

    `compress` (each large payload alone) may always be ignored, and the server does.
    """

    token: str
    properties: IdentifyProperties | None = None
    intents: int | UnsetType = UNSET
    capabilities: int | UnsetType = UNSET
    compress: bool = False
    large_threshold: int | UnsetType = UNSET
    shard: list[int] | UnsetType | None = UNSET
    presence: PresenceUpdate | UnsetType | None = UNSET
    tuichat_events: list[str] | UnsetType = UNSET

    @property
    def bare_token(self) -> str:
        """The token without the "Bot " that some libraries put before it."""
        return self.token.removeprefix("Bot ").strip()

    def __repr__(self) -> str:
        return f"Identify(token=<hidden>, intents={self.intents}, shard={self.shard})"


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """Op 6: `seq` is the last dispatch that the client has seen, None where it has seen none."""

    token: str
    session_id: str
    seq: int | None

    @property
    def bare_token(self) -> str:
        """The token without the "Bot " that some libraries put before it."""
        return self.token.removeprefix("Bot ").strip()

    def __repr__(self) -> str:
        return f"Resume(token=<hidden>, session_id=<hidden>, seq={self.seq})"


class VoiceStateUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """Op 4: join, move in or leave (`channel_id` None) a voice channel; `guild_id` None in a call of a DM."""

    guild_id: Snowflake | None = None
    channel_id: Snowflake | None = None
    self_mute: bool = False
    self_deaf: bool = False
    self_video: bool = False


class RequestGuildMembers(msgspec.Struct, frozen=True, kw_only=True):
    """Op 8, answered by GUILD_MEMBERS_CHUNK with the same nonce. One of `query` and `user_ids` is meant.

    Ids come alone or as lists, as strings or as integers: read `guild_ids` and `wanted_user_ids`.
    """

    guild_id: int | str | list[int | str]
    query: str | UnsetType | None = UNSET
    limit: int | None = 0
    user_ids: int | str | list[int | str] | UnsetType | None = UNSET
    presences: bool | UnsetType | None = UNSET
    nonce: str | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        _parse_ids(self.guild_id)
        if len(self.wanted_user_ids) > MAX_REQUESTED_MEMBERS:
            raise ValueError(f"user_ids takes {MAX_REQUESTED_MEMBERS} ids, got {len(self.wanted_user_ids)}")

    @property
    def guild_ids(self) -> list[Snowflake]:
        return _parse_ids(self.guild_id)

    @property
    def wanted_user_ids(self) -> list[Snowflake]:
        return _parse_ids(self.user_ids) if self.user_ids is not UNSET and self.user_ids is not None else []

    @property
    def echoed_nonce(self) -> str | None:
        """The nonce for the answer; Discord ignores one over 32 bytes."""
        return self.nonce if isinstance(self.nonce, str) and len(self.nonce.encode()) <= 32 else None


def _parse_ids(ids: int | str | list[int | str]) -> list[Snowflake]:
    return [Snowflake.parse(one) for one in (ids if isinstance(ids, list) else [ids])]


class CallConnect(msgspec.Struct, frozen=True, kw_only=True):
    """Op 13: a user account asks for the CALL_CREATE of a DM."""

    channel_id: Snowflake


class GuildSubscriptions(msgspec.Struct, frozen=True, kw_only=True):
    """Op 14: a user account names the channels, as ranges of members, that it looks at in a guild."""

    guild_id: Snowflake
    channels: dict[str, list[tuple[int, int]]] | None = None
    typing: bool | None = None
    activities: bool | None = None
    threads: bool | None = None
    members: list[Snowflake] | None = None


class GuildSubscription(msgspec.Struct, frozen=True, kw_only=True):
    """What op 37 says about one guild."""

    channels: dict[str, list[tuple[int, int]]] | None = None
    typing: bool | None = None
    activities: bool | None = None
    threads: bool | None = None
    members: list[Snowflake] | None = None


class GuildSubscriptionsBulk(msgspec.Struct, frozen=True, kw_only=True):
    """Op 37: the newer form of op 14, keyed by guild id."""

    subscriptions: dict[str, GuildSubscription | None] = {}


class RequestSoundboardSounds(msgspec.Struct, frozen=True, kw_only=True):
    """Op 31, answered by one SOUNDBOARD_SOUNDS for each guild."""

    guild_ids: list[Snowflake]


class RequestChannelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Op 43: fields of a guild's channels that dispatches do not carry, such as a voice channel's status."""

    guild_id: Snowflake
    fields: list[str] = []


CommandPayload = (
    PresenceUpdate
    | VoiceStateUpdate
    | RequestGuildMembers
    | CallConnect
    | GuildSubscriptions
    | GuildSubscriptionsBulk
    | RequestSoundboardSounds
    | RequestChannelInfo
)

COMMANDS: dict[int, type[CommandPayload]] = {
    Opcode.PRESENCE_UPDATE: PresenceUpdate,
    Opcode.VOICE_STATE_UPDATE: VoiceStateUpdate,
    Opcode.REQUEST_GUILD_MEMBERS: RequestGuildMembers,
    Opcode.CALL_CONNECT: CallConnect,
    Opcode.GUILD_SUBSCRIPTIONS: GuildSubscriptions,
    Opcode.GUILD_SUBSCRIPTIONS_BULK: GuildSubscriptionsBulk,
    Opcode.REQUEST_SOUNDBOARD_SOUNDS: RequestSoundboardSounds,
    Opcode.REQUEST_CHANNEL_INFO: RequestChannelInfo,
}
COMMAND_OPCODES: dict[type[CommandPayload], int] = {kind: opcode for opcode, kind in COMMANDS.items()}


def encode_client_payload(opcode: int, body: object) -> bytes:
    """Encode what a client sends: `{"op":..,"d":..}`, never compressed."""
    return b'{"op":%d,"d":%b}' % (opcode, codec.encode(body))


def encode_server_payload(opcode: int, body: object) -> bytes:
    """Encode what a server sends beside dispatches, with null `s` and `t` as Discord does."""
    return b'{"op":%d,"d":%b,"s":null,"t":null}' % (opcode, codec.encode(body))


def dispatch_tail(name: str, body: bytes) -> bytes:
    """Return the part of a dispatch that is the same for every session; `body` is JSON, encoded once."""
    return b',"t":"%b","d":%b}' % (name.encode(), body)


def dispatch_prefix(sequence: int) -> bytes:
    """Return the part of a dispatch that differs from session to session; prefix + tail is the payload."""
    return b'{"op":0,"s":%d' % sequence
