"""How scheduled events stand in tables."""

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.recurrence import RecurrenceRule
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.scheduled_event_rows import EventExceptionRow, EventUserRow, ScheduledEventRow
from tuichat.server.store.table import Record, Table, table_of


def _event_values(row: ScheduledEventRow) -> tuple[object, ...]:
    return (
        row.id, row.guild_id, row.channel_id, row.creator_id, row.name, row.description, row.start_ms, row.end_ms, row.status,
        row.entity_type, row.entity_id, row.location, row.image,
        None if row.recurrence is None else codec.encode(row.recurrence).decode(),
        codec.encode(row.exceptions).decode() if row.exceptions else None,
        row.time_zone, codec.encode(row.cohost_ids).decode() if row.cohost_ids else None,
    )  # fmt: skip


SCHEDULED_EVENTS = table_of("scheduled_events", ScheduledEventRow, "id", values=_event_values)
EVENT_USERS = table_of("scheduled_event_users", EventUserRow, "event_id", "user_id")
TABLES: dict[type[msgspec.Struct], Table] = {ScheduledEventRow: SCHEDULED_EVENTS, EventUserRow: EVENT_USERS}


def read_scheduled_event(r: Record) -> ScheduledEventRow:
    return ScheduledEventRow(
        id=Snowflake(r[0]),
        guild_id=Snowflake(r[1]),
        channel_id=None if r[2] is None else Snowflake(r[2]),
        creator_id=Snowflake(r[3]),
        name=r[4],
        description=r[5],
        start_ms=r[6],
        end_ms=r[7],
        status=r[8],
        entity_type=r[9],
        entity_id=None if r[10] is None else Snowflake(r[10]),
        location=r[11],
        image=r[12],
        recurrence=None if r[13] is None else codec.decode(r[13].encode(), RecurrenceRule),
        exceptions=() if r[14] is None else codec.decode(r[14].encode(), tuple[EventExceptionRow, ...]),
        time_zone=r[15],
        cohost_ids=() if r[16] is None else codec.decode(r[16].encode(), tuple[Snowflake, ...]),
    )
