"""Scheduled events in writes: how one appears, changes, comes to its end or to its next time, and goes."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.event_exception import EventExceptionsDelete
from tuichat.protocol.recurrence import next_ms
from tuichat.protocol.scheduled_event import (
    EntityType,
    EventStatus,
    ScheduledEvent,
    ScheduledEventCreate,
    ScheduledEventDelete,
    ScheduledEventUpdate,
)
from tuichat.server.actions import audit, event_detail_steps, scheduled_event_access, scheduled_event_objects
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, put_image
from tuichat.server.actions.step import Step
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Operation, Put, Remove
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow

MAX_FINISHED = 100  # taste: events of a guild that are over and can still be asked for
UNSTARTED_LIMIT_MS = 3 * 3_600_000  # "a few hours" in Discord's documentation: then nobody will start it

_KINDS = {
    "GUILD_SCHEDULED_EVENT_CREATE": ScheduledEventCreate,
    "GUILD_SCHEDULED_EVENT_UPDATE": ScheduledEventUpdate,
    "GUILD_SCHEDULED_EVENT_DELETE": ScheduledEventDelete,
}


def appear(ctx: Context, row: ScheduledEventRow) -> Step:
    return Step([Put(row)], [_told(ctx, "GUILD_SCHEDULED_EVENT_CREATE", row)], lambda: remember(ctx, row))


def change(ctx: Context, state: GuildState, before: ScheduledEventRow, after: ScheduledEventRow) -> Step:
    """An event with other fields. Where its channel is another one, it vanishes and appears for who sees one of them alone."""
    if before.channel_id == after.channel_id:
        events = [_told(ctx, "GUILD_SCHEDULED_EVENT_UPDATE", after)]
    else:
        saw, sees = (
            {int(user_id) for user_id in state.members if scheduled_event_access.sees(state, user_id, row)}
            for row in (before, after)
        )
        events = [
            _told_to(ctx, name, row, audience)
            for name, row, audience in (
                ("GUILD_SCHEDULED_EVENT_DELETE", before, saw - sees),
                ("GUILD_SCHEDULED_EVENT_UPDATE", after, saw & sees),
                ("GUILD_SCHEDULED_EVENT_CREATE", after, sees - saw),
            )
            if audience
        ]
        if sees - saw and event_detail_steps.has_details(after):
            events.append(event_detail_steps.told_to(after, sees - saw))
    return Step([Put(after)], events, lambda: remember(ctx, after))


def keep(ctx: Context, row: ScheduledEventRow) -> Step:
    """An event with something that is told by a dispatch of its own."""
    return Step([Put(row)], [], lambda: remember(ctx, row))


def finish(ctx: Context, state: GuildState, before: ScheduledEventRow, after: ScheduledEventRow) -> list[Step]:
    """An event becomes one that is over; the oldest of those are forgotten."""
    old = ctx.scheduled_events.finished(state.id)
    return [change(ctx, state, before, after), *(_forget(ctx, row) for row in old[: len(old) + 1 - MAX_FINISHED])]


def conclude(ctx: Context, state: GuildState, before: ScheduledEventRow, status: EventStatus) -> list[Step]:
    """What happens to an event that had its time: a recurring one is scheduled for the next, another one is finished."""
    after = next_time(before, ctx.now_ms())
    if after is not None:
        return [change(ctx, state, before, after)]
    return finish(ctx, state, before, finished(before, status))


def finished(row: ScheduledEventRow, status: EventStatus) -> ScheduledEventRow:
    return msgspec.structs.replace(row, status=status, entity_id=None)


def disappear(ctx: Context, row: ScheduledEventRow) -> Step:
    gone = _forget(ctx, row)
    return msgspec.structs.replace(gone, events=[_told(ctx, "GUILD_SCHEDULED_EVENT_DELETE", row)])


def noted(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    action: AuditAction,
    before: ScheduledEventRow | None,
    after: ScheduledEventRow | None,
) -> Step:
    """The entry of the audit log, for who sees the event's channel. What was in another one, which not all see, is not told."""
    row = after or before
    assert row is not None
    changes = audit.changes(audit.SCHEDULED_EVENT_KEYS, before, after)
    channel = state.channels.get(row.channel_id or 0)
    left = state.channels.get(before.channel_id or 0) if before is not None else None
    if left is not None and left is not channel and not audit.is_public(state, left):
        changes = [msgspec.structs.replace(each, old_value=UNSET) for each in changes]
    put, told = audit.entry(ctx, actor, state, action, row.id, changes=changes, channel=channel)
    return Step([put], [told])


def remember(ctx: Context, row: ScheduledEventRow) -> None:
    """Keep an event in memory, and have it looked at when something is due."""
    ctx.scheduled_events.put(row)
    due = due_ms(row)
    if due is not None:
        ctx.event_clock.watch(row.id, due)


def due_ms(row: ScheduledEventRow) -> int | None:
    """When something happens to an event by itself, in Unix milliseconds; 0: as soon as somebody looks."""
    is_external = row.entity_type == EntityType.EXTERNAL
    match row.status:
        case EventStatus.SCHEDULED:
            if row.is_left_out:
                return row.start_ms
            return row.begins_ms if is_external else row.begins_ms + UNSTARTED_LIMIT_MS
        case EventStatus.ACTIVE:
            return row.ends_ms if is_external else 0
    return None


def next_time(row: ScheduledEventRow, now_ms: int) -> ScheduledEventRow | None:
    """A recurring event, scheduled for the first time after this one and after now that is not left out; None for one that
    does not recur."""
    left_out = {known.original_ms for known in row.exceptions if known.is_canceled}
    start_ms = None if row.recurrence is None else next_ms(row.recurrence, max(now_ms, row.start_ms), row.zone)
    while row.recurrence is not None and start_ms in left_out:
        left_out.discard(start_ms)
        start_ms = next_ms(row.recurrence, start_ms, row.zone)
    if start_ms is None:
        return None
    kept = tuple(known for known in row.exceptions if known.original_ms >= start_ms)
    end_ms = None if row.end_ms is None else row.end_ms + start_ms - row.start_ms
    return msgspec.structs.replace(
        row, status=EventStatus.SCHEDULED, start_ms=start_ms, end_ms=end_ms, entity_id=None, exceptions=kept
    )


def without_exceptions(row: ScheduledEventRow, changed: ScheduledEventRow) -> Step:
    """Those of another rule, or of another clock, say nothing any more."""
    if not row.exceptions or changed.exceptions:
        return Step([], [])
    gone = EventExceptionsDelete(guild_id=row.guild_id, event_id=row.id)
    channel_id = changed.channel_id
    return Step(
        [], [event("GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE", gone, guild_id=row.guild_id, channel_id=channel_id)]
    )


def _forget(ctx: Context, row: ScheduledEventRow) -> Step:
    operations: list[Operation] = [Remove(row)]
    if row.image is not None:
        operations.append(put_image(ImageKind.EVENT_COVER, row.id, None, guild_id=row.guild_id))
    return Step(operations, [], lambda: ctx.scheduled_events.remove(row))


def _told(ctx: Context, name: str, row: ScheduledEventRow) -> Event:
    channel_id = None if row.channel_id is None else int(row.channel_id)
    return event(name, _payload(ctx, name, row), guild_id=int(row.guild_id), channel_id=channel_id)


def _told_to(ctx: Context, name: str, row: ScheduledEventRow, user_ids: set[int]) -> Event:
    return event(name, _payload(ctx, name, row), guild_id=int(row.guild_id), user_ids=user_ids)


def _payload(ctx: Context, name: str, row: ScheduledEventRow) -> ScheduledEvent:
    found = scheduled_event_objects.shown(ctx, row)
    return _KINDS[name](**{field: getattr(found, field) for field in found.__struct_fields__})
