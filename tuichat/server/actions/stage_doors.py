"""Who may come into a stage that is live, and who may raise a hand there, beyond what permissions say."""

from tuichat.protocol.live_room import Hands, Openness
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.stage_hosts import hosts
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.rows import MemberRow
from tuichat.server.store.stage_rows import StageRow

JOINING = Permissions.VIEW_CHANNEL | Permissions.CONNECT


HANDS_CLOSED = {
    Hands.FOLLOWED: "In this room those raise a hand whom a host follows.",
    Hands.OFF: "Hands are off in this room.",
}
_CLOSED = {
    Openness.ROLE: "This room is for those who have its role.",
    Openness.INVITED: "This room is for those whom a host invites.",
}


def is_blocked_from(ctx: Context, state: GuildState, stage: StageRow, user_id: int) -> bool:
    """Whether a live room keeps somebody out that a host blocked: hosts, whom permissions make such, never."""
    return user_id in stage.blocked_ids and not hosts(ctx, state, stage, user_id)


def why_not_in(ctx: Context, state: GuildState, stage: StageRow, user_id: int) -> str | None:
    """Why a member may not come into a live room that permissions let it into; None where it may. Who is in it may stay."""
    if hosts(ctx, state, stage, user_id):
        return None
    if is_blocked_from(ctx, state, stage, user_id):
        return "A host blocked you from this room."
    seat = ctx.voice_seats.get(state.id, user_id)
    if seat is not None and seat.channel_id == stage.channel_id:
        return None
    match stage.openness:
        case Openness.ROLE:
            is_open = stage.role_id in state.members[user_id].role_ids
        case Openness.INVITED:
            is_open = user_id in stage.invited_ids
        case _:
            is_open = True
    return None if is_open else _CLOSED[stage.openness]


def is_public(state: GuildState, stage: StageRow) -> bool:
    """Whether everyone with an account on this server may come into a live room."""
    channel = state.channels.get(stage.channel_id)
    return stage.openness == Openness.PUBLIC and channel is not None and admits_all(state, channel)


def admits_all(state: GuildState, channel: ChannelRow) -> bool:
    """Whether a member without any role sees a channel and may connect to it."""
    plain = MemberRow(guild_id=state.id, user_id=Snowflake(0), joined_ms=0)
    return state.compute(plain, channel, None) & JOINING == JOINING


def may_ask(ctx: Context, state: GuildState, stage: StageRow, user_id: int) -> bool:
    """Whether a member may raise a hand in a live room, where permissions allow it."""
    if stage.hands == Hands.ALL or hosts(ctx, state, stage, user_id):
        return True
    return stage.hands == Hands.FOLLOWED and _is_followed(ctx, state, stage, user_id)


def _is_followed(ctx: Context, state: GuildState, stage: StageRow, user_id: int) -> bool:
    """Whether a host follows a member: one who was made such, or who is in the room."""
    here = (seat.user_id for seat in ctx.voice_seats.in_channel(state.id, stage.channel_id))
    return any(
        ctx.follows.follows(host_id, user_id) and hosts(ctx, state, stage, host_id)
        for host_id in (*stage.host_ids, *here)
    )
