"""Permissions as Discord computes them: bits, roles, overwrites."""

from collections.abc import Iterable
from typing import ClassVar, Protocol, Self


class Permissions(int):
    """A set of permission bits; a decimal string in JSON, an integer is accepted (hikari sends one).

    An `int` and no enum: unknown bits must survive, and msgspec would send an enum as a number.
    """

    __slots__ = ()

    CREATE_INSTANT_INVITE: ClassVar["Permissions"]
    KICK_MEMBERS: ClassVar["Permissions"]
    BAN_MEMBERS: ClassVar["Permissions"]
    ADMINISTRATOR: ClassVar["Permissions"]
    MANAGE_CHANNELS: ClassVar["Permissions"]
    MANAGE_GUILD: ClassVar["Permissions"]
    ADD_REACTIONS: ClassVar["Permissions"]
    VIEW_AUDIT_LOG: ClassVar["Permissions"]
    PRIORITY_SPEAKER: ClassVar["Permissions"]
    STREAM: ClassVar["Permissions"]
    VIEW_CHANNEL: ClassVar["Permissions"]
    SEND_MESSAGES: ClassVar["Permissions"]
    SEND_TTS_MESSAGES: ClassVar["Permissions"]
    MANAGE_MESSAGES: ClassVar["Permissions"]
    EMBED_LINKS: ClassVar["Permissions"]
    ATTACH_FILES: ClassVar["Permissions"]
    READ_MESSAGE_HISTORY: ClassVar["Permissions"]
    MENTION_EVERYONE: ClassVar["Permissions"]
    USE_EXTERNAL_EMOJIS: ClassVar["Permissions"]
    VIEW_GUILD_INSIGHTS: ClassVar["Permissions"]
    CONNECT: ClassVar["Permissions"]
    SPEAK: ClassVar["Permissions"]
    MUTE_MEMBERS: ClassVar["Permissions"]
    DEAFEN_MEMBERS: ClassVar["Permissions"]
    MOVE_MEMBERS: ClassVar["Permissions"]
    USE_VAD: ClassVar["Permissions"]
    CHANGE_NICKNAME: ClassVar["Permissions"]
    MANAGE_NICKNAMES: ClassVar["Permissions"]
    MANAGE_ROLES: ClassVar["Permissions"]
    MANAGE_WEBHOOKS: ClassVar["Permissions"]
    MANAGE_GUILD_EXPRESSIONS: ClassVar["Permissions"]
    USE_APPLICATION_COMMANDS: ClassVar["Permissions"]
    REQUEST_TO_SPEAK: ClassVar["Permissions"]
    MANAGE_EVENTS: ClassVar["Permissions"]
    MANAGE_THREADS: ClassVar["Permissions"]
    CREATE_PUBLIC_THREADS: ClassVar["Permissions"]
    CREATE_PRIVATE_THREADS: ClassVar["Permissions"]
    USE_EXTERNAL_STICKERS: ClassVar["Permissions"]
    SEND_MESSAGES_IN_THREADS: ClassVar["Permissions"]
    USE_EMBEDDED_ACTIVITIES: ClassVar["Permissions"]
    MODERATE_MEMBERS: ClassVar["Permissions"]
    VIEW_CREATOR_MONETIZATION_ANALYTICS: ClassVar["Permissions"]
    USE_SOUNDBOARD: ClassVar["Permissions"]
    CREATE_GUILD_EXPRESSIONS: ClassVar["Permissions"]
    CREATE_EVENTS: ClassVar["Permissions"]
    USE_EXTERNAL_SOUNDS: ClassVar["Permissions"]
    SEND_VOICE_MESSAGES: ClassVar["Permissions"]
    SET_VOICE_CHANNEL_STATUS: ClassVar["Permissions"]
    SEND_POLLS: ClassVar["Permissions"]
    USE_EXTERNAL_APPS: ClassVar["Permissions"]
    PIN_MESSAGES: ClassVar["Permissions"]
    BYPASS_SLOWMODE: ClassVar["Permissions"]

    def __or__(self, other: int) -> "Permissions":
        return Permissions(int(self) | int(other))

    def __and__(self, other: int) -> "Permissions":
        return Permissions(int(self) & int(other))

    def __invert__(self) -> "Permissions":
        return Permissions(ALL_BITS & ~int(self))

    @classmethod
    def parse(cls, value: object) -> Self:
        """Read permissions from JSON. Raises ValueError for what is neither a decimal string nor an integer."""
        if isinstance(value, str):
            if not (value.isascii() and value.isdigit() and len(value) <= 19):
                raise ValueError(f"permissions are a decimal number of at most 19 digits, got {value[:24]!r}")
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"permissions are a string or an integer, got {type(value).__name__}")
        if not 0 <= value < 2**63:
            raise ValueError("permissions lie between 0 and 2^63-1")
        return cls(value)


BITS = {
    "CREATE_INSTANT_INVITE": 0,
    "KICK_MEMBERS": 1,
    "BAN_MEMBERS": 2,
    "ADMINISTRATOR": 3,
    "MANAGE_CHANNELS": 4,
    "MANAGE_GUILD": 5,
    "ADD_REACTIONS": 6,
    "VIEW_AUDIT_LOG": 7,
    "PRIORITY_SPEAKER": 8,
    "STREAM": 9,
    "VIEW_CHANNEL": 10,
    "SEND_MESSAGES": 11,
    "SEND_TTS_MESSAGES": 12,
    "MANAGE_MESSAGES": 13,
    "EMBED_LINKS": 14,
    "ATTACH_FILES": 15,
    "READ_MESSAGE_HISTORY": 16,
    "MENTION_EVERYONE": 17,
    "USE_EXTERNAL_EMOJIS": 18,
    "VIEW_GUILD_INSIGHTS": 19,
    "CONNECT": 20,
    "SPEAK": 21,
    "MUTE_MEMBERS": 22,
    "DEAFEN_MEMBERS": 23,
    "MOVE_MEMBERS": 24,
    "USE_VAD": 25,
    "CHANGE_NICKNAME": 26,
    "MANAGE_NICKNAMES": 27,
    "MANAGE_ROLES": 28,
    "MANAGE_WEBHOOKS": 29,
    "MANAGE_GUILD_EXPRESSIONS": 30,
    "USE_APPLICATION_COMMANDS": 31,
    "REQUEST_TO_SPEAK": 32,
    "MANAGE_EVENTS": 33,
    "MANAGE_THREADS": 34,
    "CREATE_PUBLIC_THREADS": 35,
    "CREATE_PRIVATE_THREADS": 36,
    "USE_EXTERNAL_STICKERS": 37,
    "SEND_MESSAGES_IN_THREADS": 38,
    "USE_EMBEDDED_ACTIVITIES": 39,
    "MODERATE_MEMBERS": 40,
    "VIEW_CREATOR_MONETIZATION_ANALYTICS": 41,
    "USE_SOUNDBOARD": 42,
    "CREATE_GUILD_EXPRESSIONS": 43,
    "CREATE_EVENTS": 44,
    "USE_EXTERNAL_SOUNDS": 45,
    "SEND_VOICE_MESSAGES": 46,
    "SET_VOICE_CHANNEL_STATUS": 48,
    "SEND_POLLS": 49,
    "USE_EXTERNAL_APPS": 50,
    "PIN_MESSAGES": 51,
    "BYPASS_SLOWMODE": 52,
}  # bit 47 is reserved
ALL_BITS = 2**63 - 1
for _name, _bit in BITS.items():
    setattr(Permissions, _name, Permissions(1 << _bit))
NONE = Permissions(0)
ALL = Permissions(sum(1 << bit for bit in BITS.values()))
DEFAULT_EVERYONE = (
    Permissions.CREATE_INSTANT_INVITE
    | Permissions.ADD_REACTIONS
    | Permissions.STREAM
    | Permissions.VIEW_CHANNEL
    | Permissions.SEND_MESSAGES
    | Permissions.EMBED_LINKS
    | Permissions.ATTACH_FILES
    | Permissions.READ_MESSAGE_HISTORY
    | Permissions.MENTION_EVERYONE
    | Permissions.USE_EXTERNAL_EMOJIS
    | Permissions.CONNECT
    | Permissions.SPEAK
    | Permissions.USE_VAD
    | Permissions.CHANGE_NICKNAME
    | Permissions.USE_APPLICATION_COMMANDS
    | Permissions.REQUEST_TO_SPEAK
    | Permissions.CREATE_PUBLIC_THREADS
    | Permissions.CREATE_PRIVATE_THREADS
    | Permissions.SEND_MESSAGES_IN_THREADS
    | Permissions.SEND_POLLS
    | Permissions.SEND_VOICE_MESSAGES
    | Permissions.USE_SOUNDBOARD
    | Permissions.USE_EXTERNAL_SOUNDS
    | Permissions.SET_VOICE_CHANNEL_STATUS
)
DIRECT = (
    Permissions.ADD_REACTIONS
    | Permissions.VIEW_CHANNEL
    | Permissions.SEND_MESSAGES
    | Permissions.SEND_TTS_MESSAGES
    | Permissions.EMBED_LINKS
    | Permissions.ATTACH_FILES
    | Permissions.READ_MESSAGE_HISTORY
    | Permissions.MENTION_EVERYONE
    | Permissions.USE_EXTERNAL_EMOJIS
    | Permissions.USE_APPLICATION_COMMANDS
    | Permissions.USE_EXTERNAL_STICKERS
    | Permissions.SEND_VOICE_MESSAGES
    | Permissions.SEND_POLLS
    | Permissions.USE_EXTERNAL_APPS
    | Permissions.PIN_MESSAGES
)  # what everybody may do in a direct message
_TIMED_OUT = Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY
_NEEDS_SEND = (
    Permissions.MENTION_EVERYONE
    | Permissions.SEND_TTS_MESSAGES
    | Permissions.ATTACH_FILES
    | Permissions.EMBED_LINKS
    | Permissions.SEND_POLLS
)


class Overwrite(Protocol):
    """What a channel's overwrite must tell: a role's (type 0) or a member's (type 1)."""

    @property
    def id(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def allow(self) -> Permissions: ...
    @property
    def deny(self) -> Permissions: ...


def guild_permissions(
    *, is_owner: bool, everyone: Permissions, roles: Iterable[Permissions], is_timed_out: bool = False
) -> Permissions:
    """Compute a member's permissions in the guild, before channel overwrites."""
    if is_owner:
        return ALL
    base = everyone
    for role in roles:
        base |= role
    if base & Permissions.ADMINISTRATOR:
        return ALL
    return base & _TIMED_OUT if is_timed_out else base


def channel_permissions(
    base: Permissions,
    *,
    guild_id: int,
    member_id: int,
    role_ids: Iterable[int],
    overwrites: Iterable[Overwrite],
    is_timed_out: bool = False,
    in_thread: bool = False,
) -> Permissions:
    """Apply a channel's overwrites to a member's guild permissions.

    Order: @everyone's overwrite, then all roles' denies and allows together, then the member's own. What a missing
    VIEW_CHANNEL or SEND_MESSAGES implies is taken away; ADMINISTRATOR passes by all overwrites. For a thread, pass the
    parent's overwrites and `in_thread`: SEND_MESSAGES_IN_THREADS then stands for SEND_MESSAGES.
    """
    if base & Permissions.ADMINISTRATOR:
        return ALL
    by_id = {(overwrite.type, overwrite.id): overwrite for overwrite in overwrites}
    granted = base
    if everyone := by_id.get((0, guild_id)):
        granted = granted & ~everyone.deny | everyone.allow
    allow = deny = NONE
    for role_id in role_ids:
        if role_id != guild_id and (overwrite := by_id.get((0, role_id))):
            allow |= overwrite.allow
            deny |= overwrite.deny
    granted = granted & ~deny | allow
    if own := by_id.get((1, member_id)):
        granted = granted & ~own.deny | own.allow
    if in_thread:
        may_send = bool(granted & Permissions.SEND_MESSAGES_IN_THREADS)
        granted = granted | Permissions.SEND_MESSAGES if may_send else granted & ~Permissions.SEND_MESSAGES
    if is_timed_out:
        granted &= _TIMED_OUT
    if not granted & Permissions.VIEW_CHANNEL:
        return NONE
    if not granted & Permissions.SEND_MESSAGES:
        granted &= ~_NEEDS_SEND
    return granted
