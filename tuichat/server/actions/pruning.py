"""Pruning: removing members who have not been here for long, all at once."""

import asyncio
from collections.abc import Collection

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.ban import Pruned
from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import audit, fields, joining
from tuichat.server.actions.access import outranks, require_in_guild, require_still
from tuichat.server.actions.activity import DAY_MS
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.rows import MemberRow

DAYS = (1, 30)
REMOVED_AT_ONCE = 25  # members in one write
LOOKED_AT_ONCE = 1000  # members in one turn of the loop
_NEEDED = (Permissions.KICK_MEMBERS, Permissions.MANAGE_GUILD)


async def count_prunable(
    ctx: Context, actor: Actor, guild_id: int, *, days: int, include_roles: Collection[int] = ()
) -> Pruned:
    """How many members a prune would remove: KICK_MEMBERS and MANAGE_GUILD."""
    fields.require_range("days", days, *DAYS)
    state = require_in_guild(ctx, actor, guild_id, *_NEEDED)
    return Pruned(pruned=len(await _prunable(ctx, actor, state, days, include_roles)))


async def prune(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    *,
    days: int,
    include_roles: Collection[int] = (),
    with_count: bool = True,
) -> Pruned:
    """Remove the members who were not here for 1 to 30 days: KICK_MEMBERS and MANAGE_GUILD.

    Here is who is connected, or asks the server anything. Bots stay, and so does who stands not below the actor, or has a role
    that is none of `include_roles`.
    """
    fields.require_range("days", days, *DAYS)
    state = require_in_guild(ctx, actor, guild_id, *_NEEDED)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, *_NEEDED)
        leaving = await _prunable(ctx, actor, state, days, include_roles)
        options = {"delete_member_days": str(days), "members_removed": str(len(leaving))}
        noted, told = audit.entry(ctx, actor, state, AuditAction.MEMBER_PRUNE, options=options)
        last = joining.Step([noted], [told], lambda: None)
        for start in range(0, len(leaving), REMOVED_AT_ONCE):
            page = leaving[start : start + REMOVED_AT_ONCE]
            steps = [joining.leave(ctx, state, user_id) for user_id in page]
            is_last = start + REMOVED_AT_ONCE >= len(leaving)
            await joining.write(ctx, *steps, *([last] if is_last else []))
    return Pruned(pruned=len(leaving) if with_count else None)


async def _prunable(
    ctx: Context, actor: Actor, state: GuildState, days: int, include_roles: Collection[int]
) -> list[int]:
    last_day = ctx.now_ms() // DAY_MS - days - 1  # whole days have gone by since the end of that one
    included = frozenset(include_roles)
    found: list[int] = []
    members = list(state.members.values())
    for start in range(0, len(members), LOOKED_AT_ONCE):
        found += [
            int(member.user_id)
            for member in members[start : start + LOOKED_AT_ONCE]
            if included.issuperset(member.role_ids)
            and _last_day(ctx, member) <= last_day
            and not ctx.users.wire(member.user_id).bot
            and not ctx.presences.is_connected(member.user_id)
            and outranks(state, actor.user_id, member.user_id)
        ]
        await asyncio.sleep(0)
    return found


def _last_day(ctx: Context, member: MemberRow) -> int:
    seen = ctx.last_days.get(member.user_id)
    joined = member.joined_ms // DAY_MS
    return joined if seen is None else max(seen, joined)
