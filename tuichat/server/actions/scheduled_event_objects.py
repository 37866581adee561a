"""Scheduled events as the wire shows them."""

from msgspec import UNSET, UnsetType

from tuichat.protocol.event_exception import EventException
from tuichat.protocol.scheduled_event import EntityMetadata, ScheduledEvent
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions.context import Context
from tuichat.server.store.scheduled_event_rows import EventExceptionRow, ScheduledEventRow


def shown(ctx: Context, row: ScheduledEventRow, *, user_count: int | UnsetType = UNSET) -> ScheduledEvent:
    return ScheduledEvent(
        id=row.id,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        creator_id=row.creator_id,
        creator=ctx.users.wire(row.creator_id),
        name=row.name,
        description=row.description,
        scheduled_start_time=format_timestamp(row.start_ms),
        scheduled_end_time=None if row.end_ms is None else format_timestamp(row.end_ms),
        status=row.status,
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        entity_metadata=None if row.location is None else EntityMetadata(location=row.location),
        user_count=user_count,
        image=row.image,
        recurrence_rule=row.recurrence,
        guild_scheduled_event_exceptions=[shown_exception(row, each) for each in row.exceptions],
    )


def shown_exception(row: ScheduledEventRow, exception: EventExceptionRow) -> EventException:
    return EventException(
        event_id=row.id,
        event_exception_id=exception.id,
        is_canceled=exception.is_canceled,
        scheduled_start_time=None if exception.start_ms is None else format_timestamp(exception.start_ms),
        scheduled_end_time=None if exception.end_ms is None else format_timestamp(exception.end_ms),
    )
