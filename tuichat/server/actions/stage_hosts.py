"""Who hosts a stage that is live: who started it, who was made a host in it, and those who moderate the stage."""

from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import errors
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.store.stage_rows import StageRow

MODERATING = Permissions.MANAGE_CHANNELS | Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS  # "stage moderator"


def moderates(ctx: Context, state: GuildState, channel_id: int, user_id: int) -> bool:
    """Whether permissions make somebody a moderator of a stage, live or not."""
    return state.permissions_in(user_id, channel_id, ctx.now_ms()) & MODERATING == MODERATING


def hosts(ctx: Context, state: GuildState, stage: StageRow, user_id: int) -> bool:
    """Whether a member is a host of a stage, wherever it is."""
    if user_id not in state.members:
        return False
    return user_id in stage.host_ids or moderates(ctx, state, stage.channel_id, user_id)


def require_may_handle(ctx: Context, state: GuildState, stage: StageRow, host_id: int, user_id: int) -> None:
    """Refuse what a host does against another one (50013), unless it moderates the stage."""
    if user_id == host_id or not hosts(ctx, state, stage, user_id):
        return
    if not moderates(ctx, state, stage.channel_id, host_id):
        raise errors.not_in_this_room("This person hosts the room, too: moderators of the stage alone may do this.")


def has_host(ctx: Context, state: GuildState, stage: StageRow) -> bool:
    """Whether a host is in the stage, with a voice connection unless it never had one: a client that crashed keeps its seat.

    Those who were made hosts are looked for first: the audience may be large.
    """
    here = (ctx.voice_seats.get(state.id, user_id) for user_id in stage.host_ids if user_id in state.members)
    if any(seat is not None and seat.channel_id == stage.channel_id and _is_reached(ctx, seat) for seat in here):
        return True
    seats = ctx.voice_seats.in_channel(state.id, stage.channel_id)
    return any(moderates(ctx, state, stage.channel_id, seat.user_id) and _is_reached(ctx, seat) for seat in seats)


def _is_reached(ctx: Context, seat: Seat) -> bool:
    return not ctx.voice_rooms.is_lost(seat.server_id, seat.user_id)
