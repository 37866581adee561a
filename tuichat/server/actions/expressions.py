"""Who may make, change and know the makers of a guild's emojis and sounds, which Discord calls expressions together."""

from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import errors
from tuichat.server.actions.context import Actor, Context, GuildState

_EITHER = Permissions.CREATE_GUILD_EXPRESSIONS | Permissions.MANAGE_GUILD_EXPRESSIONS


def sees_makers(ctx: Context, actor: Actor, state: GuildState) -> bool:
    """Whether it is told who made one: who may make or manage them."""
    return bool(state.permissions(actor.user_id, ctx.now_ms()) & _EITHER)


def may_change(ctx: Context, actor: Actor, state: GuildState, creator_id: int) -> bool:
    """Whether it may change one that `creator_id` made: with MANAGE_GUILD_EXPRESSIONS; its own with CREATE_, too."""
    needed = _EITHER if creator_id == actor.user_id else Permissions.MANAGE_GUILD_EXPRESSIONS
    return bool(state.permissions(actor.user_id, ctx.now_ms()) & needed)


def require_change(ctx: Context, actor: Actor, state: GuildState, creator_id: int) -> None:
    """Raises ActionError 50013 where it may not change one that `creator_id` made."""
    if not may_change(ctx, actor, state, creator_id):
        raise errors.missing_permissions()
