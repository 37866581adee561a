"""Rows of scheduled events, and of who is interested in one."""

import msgspec

from tuichat.protocol.recurrence import RecurrenceRule
from tuichat.protocol.scheduled_event import TRANSITIONS, EventStatus
from tuichat.protocol.snowflake import Snowflake


class ScheduledEventRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a guild plans: in a channel, or at a `location`. `entity_id` is the stage instance of one that is on."""

    id: Snowflake
    guild_id: Snowflake
    channel_id: Snowflake | None
    creator_id: Snowflake
    name: str
    description: str | None = None
    start_ms: int
    end_ms: int | None
    status: int = EventStatus.SCHEDULED
    entity_type: int
    entity_id: Snowflake | None = None
    location: str | None = None
    image: str | None = None
    recurrence: RecurrenceRule | None = None

    @property
    def is_finished(self) -> bool:
        return self.status not in TRANSITIONS


class EventUserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user is interested in an event."""

    event_id: Snowflake
    user_id: Snowflake


ScheduledRow = ScheduledEventRow | EventUserRow
