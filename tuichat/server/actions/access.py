"""May this actor do this here: the checks that every action begins with."""

from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import errors
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.rows import ChannelRow


def require_guild(ctx: Context, actor: Actor, guild_id: int) -> GuildState:
    """Find a guild for one of its members: 10004 when there is none, 50001 for strangers."""
    state = ctx.guilds.get(guild_id)
    if state is None:
        raise errors.unknown_guild()
    if not state.has_member(actor.user_id):
        raise errors.missing_access()
    return state


def require_in_guild(ctx: Context, actor: Actor, guild_id: int, *needed: Permissions) -> GuildState:
    """Find a guild where the actor has each of the permissions: else 10004, 50001 or 50013."""
    state = require_guild(ctx, actor, guild_id)
    granted = state.permissions(actor.user_id, ctx.now_ms())
    if any(granted & permission != permission for permission in needed):
        raise errors.missing_permissions()
    return state


def require_channel(
    ctx: Context, actor: Actor, channel_id: int, *needed: Permissions
) -> tuple[GuildState, ChannelRow, Permissions]:
    """Find a channel where the actor has each of the permissions: 10003 when there is none, 50001 when the actor may not
    see it, 50013 when a permission is missing."""
    state = ctx.guilds.of_channel(channel_id)
    if state is None:
        raise errors.unknown_channel()
    granted = state.permissions_in(actor.user_id, channel_id, ctx.now_ms())
    if not granted & Permissions.VIEW_CHANNEL:
        raise errors.missing_access()
    if any(granted & permission != permission for permission in needed):
        raise errors.missing_permissions()
    return state, state.channels[channel_id], granted


def require_still(ctx: Context, state: GuildState) -> None:
    """After waiting for the guild's lock: 10004 when the guild was deleted meanwhile."""
    if ctx.guilds.get(state.id) is not state:
        raise errors.unknown_guild()


def is_timed_out(ctx: Context, state: GuildState, user_id: int) -> bool:
    """Whether a timeout binds the member at this moment; owners and administrators it never does."""
    member = state.members.get(user_id)
    if member is None or (member.timeout_until_ms or 0) <= ctx.now_ms():
        return False
    return not state.permissions(user_id, ctx.now_ms()) & Permissions.ADMINISTRATOR


def outranks(state: GuildState, user_id: int, other_id: int) -> bool:
    """Whether a member's highest role stands above another's: the owner is above all, nobody above oneself or the owner."""
    if user_id == other_id or other_id == state.row.owner_id:
        return False
    return user_id == state.row.owner_id or state.top_role(user_id) > state.top_role(other_id)


def is_above_role(state: GuildState, user_id: int, role_id: int) -> bool:
    """Whether a member may manage a role: its own highest stands above it."""
    return user_id == state.row.owner_id or state.top_role(user_id) > state.rank(role_id)
