"""Who hosts a stage that is live: who started it, and those who moderate the stage."""

from tuichat.protocol.permissions import Permissions
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.store.stage_rows import StageRow

MODERATING = Permissions.MANAGE_CHANNELS | Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS  # "stage moderator"


def hosts(ctx: Context, state: GuildState, stage: StageRow, user_id: int) -> bool:
    """Whether a member is a host of a stage, wherever it is."""
    if user_id not in state.members:
        return False
    if user_id == stage.starter_id:
        return True
    return state.permissions_in(user_id, stage.channel_id, ctx.now_ms()) & MODERATING == MODERATING


def has_host(ctx: Context, state: GuildState, stage: StageRow) -> bool:
    """Whether a host is in the stage."""
    seats = ctx.voice_seats.in_channel(state.id, stage.channel_id)
    return any(hosts(ctx, state, stage, seat.user_id) for seat in seats)
