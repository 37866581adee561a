"""What comes: the scheduled events of all the guilds of somebody, in order of time."""

from tuichat.protocol.coming import MAX_COMING, Coming, ComingEvent
from tuichat.protocol.scheduled_event import EventStatus
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.scheduled_event_access import sees
from tuichat.server.actions.scheduled_event_objects import shown
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow


async def list_coming(ctx: Context, actor: Actor, *, limit: int = MAX_COMING) -> Coming:
    """The events that have not begun, of those that the actor sees; the next one first."""
    known = frozenset(await ctx.store.read_events_of_user(actor.user_id))
    found = [(state, row) for state in ctx.guilds.of_user(actor.user_id) for row in _of(ctx, actor, state)]
    found.sort(key=lambda each: (each[1].begins_ms, each[1].id))
    found = found[:limit]
    counts = await ctx.store.count_event_users([row.id for _, row in found]) if found else {}
    return Coming(
        events=[
            _coming(ctx, actor, state, row, count=counts.get(row.id, 0), is_interested=row.id in known)
            for state, row in found
        ]
    )


def _of(ctx: Context, actor: Actor, state: GuildState) -> list[ScheduledEventRow]:
    return [
        row
        for row in ctx.scheduled_events.planned(state.id)
        if row.status == EventStatus.SCHEDULED and not row.is_left_out and sees(state, actor.user_id, row)
    ]


def _coming(
    ctx: Context, actor: Actor, state: GuildState, row: ScheduledEventRow, *, count: int, is_interested: bool
) -> ComingEvent:
    channel = state.channels.get(row.channel_id or 0)
    return ComingEvent(
        event=shown(ctx, row, user_count=count),
        begins_ms=row.begins_ms,
        guild_name=state.row.name,
        guild_icon=state.row.icon,
        channel_name=None if channel is None else channel.name,
        is_interested=is_interested,
        follows_guild=ctx.follows.follows_guild(actor.user_id, state.id),
        follows_creator=ctx.follows.follows(actor.user_id, row.creator_id),
    )
