"""Finding a live room for somebody who asks for it."""

from tuichat.server.actions import errors
from tuichat.server.actions.access import require_channel
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.stage_doors import is_public
from tuichat.server.store.stage_rows import StageRow


def require_room_seen(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, StageRow]:
    """Find what is live in a channel for somebody who sees it, or may come as a stranger: else 10003, 50001 or 10067."""
    state = ctx.guilds.of_channel(channel_id)
    if state is not None and not state.has_member(actor.user_id):
        stage = state.stages.get(channel_id)
        if stage is None or not is_public(state, stage):
            raise errors.missing_access()
        return state, stage
    state, channel, _ = require_channel(ctx, actor, channel_id)
    return state, find_room(state, channel.id)


def find_room(state: GuildState, channel_id: int) -> StageRow:
    """Find the stage that is live in a channel. Raises ActionError 10067."""
    stage = state.stages.get(channel_id)
    if stage is None:
        raise errors.unknown_stage()
    return stage
