"""Rows of scheduled events, and of who is interested in one."""

from datetime import UTC, tzinfo

import msgspec

from tuichat.protocol.recurrence import RecurrenceRule
from tuichat.protocol.scheduled_event import TRANSITIONS, EventStatus
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.protocol.time_zone import find_zone


class EventExceptionRow(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One time of a recurring event, by when it would begin by the rule: it is left out, or at another hour."""

    original_ms: int
    is_canceled: bool = False
    start_ms: int | None = None
    end_ms: int | None = None

    @property
    def id(self) -> Snowflake:
        return Snowflake((self.original_ms - EPOCH_MS) << TIMESTAMP_SHIFT)


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
    exceptions: tuple[EventExceptionRow, ...] = ()
    time_zone: str | None = None
    cohost_ids: tuple[Snowflake, ...] = ()

    @property
    def zone(self) -> tzinfo:
        """By whose clock it recurs."""
        return (find_zone(self.time_zone) if self.time_zone else None) or UTC

    @property
    def is_finished(self) -> bool:
        return self.status not in TRANSITIONS

    @property
    def exception(self) -> EventExceptionRow | None:
        """What is otherwise about the time that is next, or that is on."""
        return next((known for known in self.exceptions if known.original_ms == self.start_ms), None)

    @property
    def is_left_out(self) -> bool:
        return self.exception is not None and self.exception.is_canceled

    @property
    def begins_ms(self) -> int:
        """When it really begins."""
        moved = None if self.exception is None else self.exception.start_ms
        return self.start_ms if moved is None else moved

    @property
    def ends_ms(self) -> int | None:
        moved = None if self.exception is None else self.exception.end_ms
        return self.end_ms if moved is None else moved


class EventUserRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user is interested in an event."""

    event_id: Snowflake
    user_id: Snowflake


ScheduledRow = ScheduledEventRow | EventUserRow
