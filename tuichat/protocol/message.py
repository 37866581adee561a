"""Messages as people wrote them."""

from enum import IntEnum, IntFlag

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel
from tuichat.protocol.guild import PartialMember
from tuichat.protocol.poll import Poll
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

MAX_CONTENT_CHARACTERS = 2000
MAX_NONCE_CHARACTERS = 25


class MessageType(IntEnum):
    DEFAULT = 0
    RECIPIENT_ADD = 1
    RECIPIENT_REMOVE = 2
    CALL = 3
    CHANNEL_NAME_CHANGE = 4
    CHANNEL_ICON_CHANGE = 5
    PINNED_MESSAGE = 6
    MEMBER_JOIN = 7
    CHANNEL_FOLLOW_ADD = 12
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER_MESSAGE = 21
    CONTEXT_MENU_COMMAND = 23
    STAGE_START = 27
    STAGE_END = 28
    STAGE_TOPIC = 31
    POLL_RESULT = 46


WRITTEN_TYPES = frozenset(
    {MessageType.DEFAULT, MessageType.REPLY, MessageType.CHAT_INPUT_COMMAND, MessageType.CONTEXT_MENU_COMMAND}
)  # all others are system messages
REFERRING_TYPES = frozenset(
    {MessageType.REPLY, MessageType.THREAD_STARTER_MESSAGE, MessageType.CONTEXT_MENU_COMMAND}
)  # shown with the message that they refer to
UNDELETABLE_TYPES = frozenset(
    {
        MessageType.RECIPIENT_ADD, MessageType.RECIPIENT_REMOVE, MessageType.CALL, MessageType.CHANNEL_NAME_CHANGE,
        MessageType.CHANNEL_ICON_CHANGE, MessageType.THREAD_STARTER_MESSAGE,
    }
)  # fmt: skip


class MessageFlag(IntFlag):
    """Bits of `Message.flags`."""

    CROSSPOSTED = 1 << 0
    IS_CROSSPOST = 1 << 1
    SUPPRESS_EMBEDS = 1 << 2
    SOURCE_MESSAGE_DELETED = 1 << 3
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_VOICE_MESSAGE = 1 << 13
    HAS_SNAPSHOT = 1 << 14
    IS_COMPONENTS_V2 = 1 << 15


class MentionedUser(User, frozen=True, kw_only=True):
    """A mentioned user, with its member where the message stands in a guild."""

    member: PartialMember | UnsetType = UNSET


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    filename: str
    size: int
    url: str
    proxy_url: str
    content_type: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    width: int | UnsetType | None = UNSET
    height: int | UnsetType | None = UNSET
    duration_secs: float | UnsetType = UNSET
    waveform: str | UnsetType = UNSET
    flags: int | UnsetType = UNSET
    ephemeral: bool | UnsetType = UNSET


class ReactionEmoji(msgspec.Struct, frozen=True, kw_only=True):
    """A unicode emoji by its `name` alone, or one of a guild, whose name is null once it is gone."""

    id: Snowflake | None = None
    name: str | None = None
    animated: bool = False


class ReactionCounts(msgspec.Struct, frozen=True, kw_only=True):
    burst: int = 0
    normal: int = 0


class Reaction(msgspec.Struct, frozen=True, kw_only=True):
    """How many reacted with an emoji, and whether the asker did. This protocol's server knows no burst reactions."""

    emoji: ReactionEmoji
    count: int = 1
    count_details: ReactionCounts = ReactionCounts()
    me: bool = False
    me_burst: bool = False
    burst_colors: list[str] = []


class MessageReference(msgspec.Struct, frozen=True, kw_only=True):
    """What a message answers. Requests may leave channel_id out; what the server sends has it."""

    message_id: Snowflake | UnsetType = UNSET
    channel_id: Snowflake | UnsetType = UNSET
    guild_id: Snowflake | UnsetType = UNSET
    type: int = 0
    fail_if_not_exists: bool | UnsetType = UNSET


class MessageInteraction(msgspec.Struct, frozen=True, kw_only=True):
    """The command that a message answers."""

    id: Snowflake
    type: int
    name: str
    user: User


class MessageCall(msgspec.Struct, frozen=True, kw_only=True):
    """The call that a message of type 3 tells of: who was in it, and when it ended, null while it goes on."""

    participants: list[Snowflake] = []
    ended_timestamp: str | None = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message. `timestamp` and `edited_timestamp` are ISO 8601 with offset; `nonce` is the sender's own mark for it."""

    id: Snowflake
    channel_id: Snowflake
    author: User
    content: str = ""
    timestamp: str = "1970-01-01T00:00:00.000000+00:00"
    edited_timestamp: str | None = None
    tts: bool = False
    mention_everyone: bool = False
    mentions: tuple[MentionedUser, ...] = ()
    mention_roles: tuple[Snowflake, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    embeds: tuple[msgspec.Raw, ...] = ()
    components: tuple[msgspec.Raw, ...] = ()
    reactions: list[Reaction] | UnsetType = UNSET
    pinned: bool = False
    type: int = MessageType.DEFAULT
    flags: int = 0
    nonce: str | int | UnsetType | None = UNSET
    webhook_id: Snowflake | UnsetType = UNSET
    application_id: Snowflake | UnsetType = UNSET
    message_reference: MessageReference | UnsetType = UNSET
    referenced_message: "Message | UnsetType | None" = UNSET
    thread: Channel | UnsetType = UNSET
    message_snapshots: list[msgspec.Raw] | UnsetType = UNSET
    interaction_metadata: msgspec.Raw | UnsetType = UNSET
    interaction: MessageInteraction | UnsetType = UNSET  # deprecated, and still read by bots
    poll: Poll | UnsetType = UNSET
    call: MessageCall | UnsetType = UNSET
