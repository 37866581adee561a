"""Dispatches of threads, and of who is in them."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel, ThreadMember
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import FollowingMember


class ThreadCreate(Channel, frozen=True, kw_only=True):
    """THREAD_CREATE: a new thread, or one that the receiver was added to."""

    newly_created: bool | UnsetType = UNSET


class ThreadUpdate(Channel, frozen=True, kw_only=True):
    pass


class ThreadDelete(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    guild_id: Snowflake
    parent_id: Snowflake
    type: int


class ThreadListSync(msgspec.Struct, frozen=True, kw_only=True):
    """THREAD_LIST_SYNC: all active threads in channels that the receiver sees from now on."""

    guild_id: Snowflake
    threads: list[Channel]
    members: list[ThreadMember] = []
    channel_ids: list[Snowflake] | UnsetType = UNSET


class ThreadMemberUpdate(ThreadMember, frozen=True, kw_only=True):
    guild_id: Snowflake


class ThreadMembersUpdate(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    guild_id: Snowflake
    member_count: int
    added_members: list[FollowingMember] | UnsetType = UNSET
    removed_member_ids: list[Snowflake] | UnsetType = UNSET
