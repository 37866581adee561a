"""Dispatches of messages: what is written, put on them, and about to be written."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import Member, PartialMember
from tuichat.protocol.message import Message, ReactionEmoji
from tuichat.protocol.snowflake import Snowflake


class MessageCreate(Message, frozen=True, kw_only=True):
    guild_id: Snowflake | UnsetType = UNSET
    member: PartialMember | UnsetType = UNSET


class MessageUpdate(Message, frozen=True, kw_only=True):
    guild_id: Snowflake | UnsetType = UNSET
    member: PartialMember | UnsetType = UNSET


class MessageDelete(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET


class MessageDeleteBulk(msgspec.Struct, frozen=True, kw_only=True):
    """Several messages of a channel at once."""

    ids: list[Snowflake]
    channel_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET


class ReactionAdd(msgspec.Struct, frozen=True, kw_only=True):
    """MESSAGE_REACTION_ADD; `member` where it happened in a guild."""

    user_id: Snowflake
    channel_id: Snowflake
    message_id: Snowflake
    emoji: ReactionEmoji
    guild_id: Snowflake | UnsetType = UNSET
    member: Member | UnsetType = UNSET
    message_author_id: Snowflake | UnsetType = UNSET
    burst: bool = False
    burst_colors: list[str] = []
    type: int = 0


class ReactionRemove(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Snowflake
    channel_id: Snowflake
    message_id: Snowflake
    emoji: ReactionEmoji
    guild_id: Snowflake | UnsetType = UNSET
    burst: bool = False
    type: int = 0


class ReactionRemoveAll(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    message_id: Snowflake
    guild_id: Snowflake | UnsetType = UNSET


class ReactionRemoveEmoji(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    message_id: Snowflake
    emoji: ReactionEmoji
    guild_id: Snowflake | UnsetType = UNSET


class PollVoteAdd(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Snowflake
    channel_id: Snowflake
    message_id: Snowflake
    answer_id: int
    guild_id: Snowflake | UnsetType = UNSET


class PollVoteRemove(PollVoteAdd, frozen=True, kw_only=True):
    pass


class TypingStart(msgspec.Struct, frozen=True, kw_only=True):
    """TYPING_START; `timestamp` in whole Unix seconds."""

    channel_id: Snowflake
    user_id: Snowflake
    timestamp: int
    guild_id: Snowflake | UnsetType = UNSET
    member: Member | UnsetType = UNSET
