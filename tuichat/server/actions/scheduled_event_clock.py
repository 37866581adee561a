"""What happens to scheduled events by themselves: they begin, end, are cancelled, and come to their next time."""

import asyncio
import logging

import msgspec

from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.server.actions import scheduled_event_steps, stages
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.step import Step, write
from tuichat.server.store.errors import StoreError
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow

CHECK_INTERVAL_S = 5.0  # taste: so late may an event begin or end
LOOKED_AT_ONCE = 100
LOOK_INTERVAL_MS = 60_000  # how often the channel of an event that is on is looked at
EMPTY_LIMIT_MS = 5 * 60_000  # "a few minutes" in Discord's documentation, after the last one left
RETRY_MS = 60_000

logger = logging.getLogger(__name__)


async def look(ctx: Context) -> bool:
    """Do what is due with events; say whether there may be more."""
    due = ctx.event_clock.take(ctx.now_ms(), LOOKED_AT_ONCE)
    for event_id in due:
        try:
            await _look_at(ctx, event_id)
        except StoreError as error:
            logger.warning("event %d could not go on: %s", event_id, error)
            ctx.event_clock.watch(event_id, ctx.now_ms() + RETRY_MS)
    return len(due) == LOOKED_AT_ONCE


async def run(ctx: Context) -> None:
    """Begin and end events for as long as the server runs, also those whose time came while none ran. Cancel it to end."""
    while True:
        has_more = False
        try:
            has_more = await look(ctx)
        except Exception:
            logger.exception("events could not go on")
        await asyncio.sleep(0 if has_more else CHECK_INTERVAL_S)


async def _look_at(ctx: Context, event_id: int) -> None:
    known = ctx.scheduled_events.get(event_id)
    state = None if known is None else ctx.guilds.get(known.guild_id)
    if state is None:
        return
    async with state.lock:
        row = ctx.scheduled_events.get(event_id)
        due_ms = None if row is None else scheduled_event_steps.due_ms(row)
        if row is None or due_ms is None:
            return
        if due_ms > ctx.now_ms():
            ctx.event_clock.watch(event_id, due_ms)
            return
        parts = _what_is_due(ctx, state, row)
        if parts:
            await write(ctx, *parts)
        else:
            ctx.event_clock.watch(event_id, ctx.now_ms() + LOOK_INTERVAL_MS)


def _what_is_due(ctx: Context, state: GuildState, row: ScheduledEventRow) -> list[Step]:
    """What a write takes for an event whose time has come; nothing while somebody is in the channel of one that is on."""
    if row.status == EventStatus.SCHEDULED:
        if row.entity_type != EntityType.EXTERNAL or row.is_left_out:
            return scheduled_event_steps.conclude(ctx, state, row, EventStatus.CANCELED)  # nobody began it, or was to
        begun = msgspec.structs.replace(row, status=EventStatus.ACTIVE)
        return [scheduled_event_steps.change(ctx, state, row, begun)]
    if row.channel_id is not None:
        is_empty = not ctx.voice_seats.count(state.id, row.channel_id)
        empty_ms = ctx.scheduled_events.note_empty(row, ctx.now_ms() if is_empty else None)
        if empty_ms is None or empty_ms < EMPTY_LIMIT_MS:
            return []
    ended = scheduled_event_steps.conclude(ctx, state, row, EventStatus.COMPLETED)
    return [*stages.close_of(ctx, state, row, None), *ended]
