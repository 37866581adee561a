"""Dispatches of members."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import Member
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import Presence, User


class MemberAdd(Member, frozen=True, kw_only=True):
    guild_id: Snowflake


class MemberUpdate(Member, frozen=True, kw_only=True):
    guild_id: Snowflake


class MemberRemove(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    user: User


class MembersChunk(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_MEMBERS_CHUNK: at most 1000 members each; `nonce` echoes the request's."""

    guild_id: Snowflake
    members: list[Member]
    chunk_index: int
    chunk_count: int
    not_found: list[Snowflake] | UnsetType = UNSET
    presences: list[Presence] | UnsetType = UNSET
    nonce: str | UnsetType = UNSET
