"""Exceptions to the rule by which a scheduled event recurs: making, changing and removing them."""

import msgspec
from msgspec import UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.event_exception import (
    CreateEventExceptionRequest,
    EditEventExceptionRequest,
    EventException,
    EventExceptionCreate,
    EventExceptionDelete,
)
from tuichat.protocol.recurrence import next_ms
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.scheduled_event import EventStatus
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.server.actions import audit, errors
from tuichat.server.actions import scheduled_event_steps as steps
from tuichat.server.actions.access import require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.scheduled_event_access import find, require_hosting
from tuichat.server.actions.scheduled_event_objects import shown_exception
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import event
from tuichat.server.store.scheduled_event_rows import EventExceptionRow, ScheduledEventRow

MAX_EXCEPTIONS = 100  # taste: of one event, at times to come
LONGEST_MS = 366 * 86_400_000  # taste: so far may a time be from the rule's


async def create_exception(
    ctx: Context, actor: Actor, guild_id: int, event_id: int, request: CreateEventExceptionRequest
) -> EventException:
    """Leave out one time of a recurring event, or put it at another hour, in place of what was said of that time before: as
    who may change the event. Raises ActionError 180005 for what says nothing."""
    original_ms = _time("original_scheduled_start_time", request.original_scheduled_start_time)
    return await _put(ctx, actor, guild_id, event_id, original_ms, request, AuditAction.EVENT_EXCEPTION_CREATE)


async def edit_exception(
    ctx: Context, actor: Actor, guild_id: int, event_id: int, exception_id: int, request: EditEventExceptionRequest
) -> EventException:
    """Say something else of such a time. Raises ActionError 10070 where nothing was said of it."""
    _, row = find(ctx, actor, guild_id, event_id)
    original_ms = _find(row, exception_id).original_ms
    return await _put(ctx, actor, guild_id, event_id, original_ms, request, AuditAction.EVENT_EXCEPTION_UPDATE)


async def delete_exception(ctx: Context, actor: Actor, guild_id: int, event_id: int, exception_id: int) -> None:
    """Have such a time be as the rule says again."""
    state, row = find(ctx, actor, guild_id, event_id)
    async with state.lock:
        require_still(ctx, state)
        state, row = _require_recurring(ctx, actor, guild_id, event_id)
        gone = _find(row, exception_id)
        changed = msgspec.structs.replace(row, exceptions=tuple(e for e in row.exceptions if e != gone))
        told = shown_exception(row, gone)
        payload = EventExceptionDelete(**{field: getattr(told, field) for field in told.__struct_fields__})
        put = steps.keep(ctx, changed)
        dispatch = event(
            "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE", payload, guild_id=row.guild_id, channel_id=row.channel_id
        )
        noted = _noted(ctx, actor, state, AuditAction.EVENT_EXCEPTION_DELETE, row, gone, None)
        await write(ctx, put, Step([], [dispatch]), noted)


async def _put(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    event_id: int,
    original_ms: int,
    request: EditEventExceptionRequest,
    action: AuditAction,
) -> EventException:
    state, _ = find(ctx, actor, guild_id, event_id)
    async with state.lock:
        require_still(ctx, state)
        state, row = _require_recurring(ctx, actor, guild_id, event_id)
        before = next((known for known in row.exceptions if known.original_ms == original_ms), None)
        after = _made(ctx, row, original_ms, request)
        others = tuple(known for known in row.exceptions if known.original_ms != original_ms)
        kept = [known for known in others if known.original_ms >= row.start_ms]
        if len(kept) >= MAX_EXCEPTIONS:
            raise errors.limit_reached(ErrorCode.MAX_SCHEDULED_EVENTS, "exceptions of an event", MAX_EXCEPTIONS)
        changed = msgspec.structs.replace(
            row, exceptions=tuple(sorted((*kept, after), key=lambda each: each.original_ms))
        )
        told = shown_exception(row, after)
        payload = EventExceptionCreate(**{field: getattr(told, field) for field in told.__struct_fields__})
        dispatch = event(
            "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE", payload, guild_id=row.guild_id, channel_id=row.channel_id
        )
        noted = _noted(ctx, actor, state, action, row, before, after)
        await write(ctx, steps.keep(ctx, changed), Step([], [dispatch]), noted)
    return told


def _made(
    ctx: Context, row: ScheduledEventRow, original_ms: int, request: EditEventExceptionRequest
) -> EventExceptionRow:
    """The exception that a request asks for, checked. Raises ActionError 50035, 180005."""
    assert row.recurrence is not None
    if original_ms < row.start_ms or (
        original_ms != row.start_ms and next_ms(row.recurrence, original_ms - 1, row.zone) != original_ms
    ):
        raise errors.invalid_field(
            "original_scheduled_start_time", "EVENT_EXCEPTION_TIME", "Must be a time to come of the event's rule."
        )
    if original_ms == row.start_ms and row.status != EventStatus.SCHEDULED:
        raise errors.invalid_field("original_scheduled_start_time", "EVENT_ACTIVE", "The event is on.")
    start_ms = _moved("scheduled_start_time", request.scheduled_start_time, original_ms)
    end_ms = _moved("scheduled_end_time", request.scheduled_end_time, original_ms)
    is_canceled = request.is_canceled is True
    if not is_canceled and start_ms is None and end_ms is None:
        raise errors.bad_request(ErrorCode.EMPTY_EXCEPTION, "An exception must change something")
    if start_ms is not None and start_ms < ctx.now_ms():
        raise errors.invalid_field("scheduled_start_time", "EVENT_SCHEDULE_PAST", "Cannot schedule event in the past.")
    length_ms = None if row.end_ms is None else row.end_ms - row.start_ms
    begins_ms = original_ms if start_ms is None else start_ms
    if end_ms is not None and end_ms <= begins_ms:
        raise errors.invalid_field("scheduled_end_time", "EVENT_END_TIME", "Cannot end before the start.")
    if end_ms is None and start_ms is not None and length_ms is not None:
        end_ms = start_ms + length_ms  # it takes as long as ever
    return EventExceptionRow(original_ms=original_ms, is_canceled=is_canceled, start_ms=start_ms, end_ms=end_ms)


def _require_recurring(
    ctx: Context, actor: Actor, guild_id: int, event_id: int
) -> tuple[GuildState, ScheduledEventRow]:
    state, row = find(ctx, actor, guild_id, event_id)
    require_hosting(ctx, actor, row)
    if row.is_finished:
        raise errors.bad_request(ErrorCode.FINISHED_EVENT, "Cannot update a finished event")
    if row.recurrence is None:
        raise errors.invalid_field("original_scheduled_start_time", "EVENT_NOT_RECURRING", "The event does not recur.")
    return state, row


def _find(row: ScheduledEventRow, exception_id: int) -> EventExceptionRow:
    found = next((known for known in row.exceptions if known.id == exception_id), None)
    if found is None:
        raise errors.unknown_scheduled_event()
    return found


def _moved(field: str, given: str | UnsetType | None, original_ms: int) -> int | None:
    if not isinstance(given, str):
        return None
    moved_ms = _time(field, given)
    if abs(moved_ms - original_ms) > LONGEST_MS:
        raise errors.invalid_field(field, "EVENT_TOO_FAR", "Must be nearer to the time of the rule.")
    return moved_ms


def _time(field: str, text: str) -> int:
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise errors.invalid_field(field, "DATE_TIME_TYPE_PARSE", f"{error}.") from None


def _noted(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    action: AuditAction,
    row: ScheduledEventRow,
    before: EventExceptionRow | None,
    after: EventExceptionRow | None,
) -> Step:
    known = after or before
    assert known is not None
    changes = audit.changes(audit.EVENT_EXCEPTION_KEYS, before, after)
    options = {"event_exception_id": str(int(known.id))}
    channel = state.channels.get(row.channel_id or 0)
    put, told = audit.entry(ctx, actor, state, action, row.id, changes=changes, options=options, channel=channel)
    return Step([put], [told])
