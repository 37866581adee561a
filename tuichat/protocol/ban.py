"""Bans and prunes: who may not come back, and who is gone for long."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class Ban(msgspec.Struct, frozen=True, kw_only=True):
    user: User
    reason: str | None = None


class BanRequest(msgspec.Struct, frozen=True, kw_only=True):
    """How much of what the user wrote goes with it: the last seconds, or (older libraries) days."""

    delete_message_seconds: int | UnsetType | None = UNSET
    delete_message_days: int | UnsetType | None = UNSET


class BulkBanRequest(msgspec.Struct, frozen=True, kw_only=True):
    user_ids: list[Snowflake]
    delete_message_seconds: int | UnsetType | None = UNSET


class BulkBan(msgspec.Struct, frozen=True, kw_only=True):
    banned_users: list[Snowflake]
    failed_users: list[Snowflake]


class PruneRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`include_roles` as a list, or by commas as the query has it; `compute_prune_count` also as discord.py writes it."""

    days: int = 7
    compute_prune_count: bool | Literal["true", "false"] = True
    include_roles: list[Snowflake] | str | UnsetType | None = UNSET
    reason: str | UnsetType | None = UNSET


class Pruned(msgspec.Struct, frozen=True, kw_only=True):
    """How many members go, None where that was not asked for."""

    pruned: int | None
