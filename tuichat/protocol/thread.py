"""Threads: who follows them, and what requests about them ask and are answered."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel, ThreadMember
from tuichat.protocol.guild import Member
from tuichat.protocol.message import Message
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import Presence


class FollowingMember(ThreadMember, frozen=True, kw_only=True):
    """A thread member with its guild member, and in dispatches its presence."""

    member: Member | UnsetType = UNSET
    presence: Presence | UnsetType | None = UNSET


class ThreadList(msgspec.Struct, frozen=True, kw_only=True):
    """Threads, with the asker's membership in those that it follows."""

    threads: list[Channel]
    members: list[ThreadMember]
    has_more: bool | UnsetType = UNSET
    total_results: int | UnsetType = UNSET  # of a search


class CreateThreadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A new thread; `type` is a private one by default, as Discord has it, and not asked for beside a message."""

    name: str
    type: int | UnsetType | None = UNSET
    auto_archive_duration: int | UnsetType | None = UNSET
    rate_limit_per_user: int | UnsetType | None = UNSET
    invitable: bool | UnsetType | None = UNSET


class CreatePostRequest(CreateThreadRequest, frozen=True, kw_only=True):
    """A new post of a forum: a thread with its first message."""

    message: CreateMessageRequest
    applied_tags: list[Snowflake] | UnsetType | None = UNSET


class Post(Channel, frozen=True, kw_only=True):
    """What is answered for a new post."""

    message: Message
