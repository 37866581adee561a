"""Scheduled events: what a guild plans, in a stage, a voice channel or somewhere else."""

from enum import IntEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.event_exception import EventException
from tuichat.protocol.recurrence import RecurrenceRule
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

GUILD_ONLY = 2  # the one privacy level that there is


class EntityType(IntEnum):
    """Where an event happens."""

    STAGE_INSTANCE = 1
    VOICE = 2
    EXTERNAL = 3


class EventStatus(IntEnum):
    SCHEDULED = 1
    ACTIVE = 2
    COMPLETED = 3
    CANCELED = 4


TRANSITIONS = {
    EventStatus.SCHEDULED: (EventStatus.ACTIVE, EventStatus.CANCELED),
    EventStatus.ACTIVE: (EventStatus.COMPLETED,),
}  # what a status may be changed to; one that is not here is the last


class EntityMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """Of an external event: where it is."""

    location: str | UnsetType | None = UNSET


class ScheduledEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event; `user_count` where it was asked for. Its cover is found at /guild-events/{id}/{image}.png."""

    id: Snowflake
    guild_id: Snowflake
    channel_id: Snowflake | None = None
    creator_id: Snowflake | None = None
    creator: User | UnsetType = UNSET
    name: str
    description: str | None = None
    scheduled_start_time: str
    scheduled_end_time: str | None = None
    privacy_level: int = GUILD_ONLY
    status: int
    entity_type: int
    entity_id: Snowflake | None = None
    entity_metadata: EntityMetadata | None = None
    user_count: int | UnsetType = UNSET
    image: str | None = None
    recurrence_rule: RecurrenceRule | None = None
    guild_scheduled_event_exceptions: list[EventException] = []


class ScheduledEventCreate(ScheduledEvent, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_CREATE."""


class ScheduledEventUpdate(ScheduledEvent, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_UPDATE: also when it begins, ends, or is set to its next time."""


class ScheduledEventDelete(ScheduledEvent, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_DELETE: it is gone, or in a channel that the reader does not see."""


class CreateScheduledEventRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Times are ISO 8601; `image` is a data URI."""

    name: str
    privacy_level: int
    scheduled_start_time: str
    entity_type: int
    channel_id: Snowflake | UnsetType | None = UNSET
    entity_metadata: EntityMetadata | UnsetType | None = UNSET
    scheduled_end_time: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    image: str | UnsetType | None = UNSET
    recurrence_rule: RecurrenceRule | UnsetType | None = UNSET


class EditScheduledEventRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent stays. `status` starts, ends or cancels the event."""

    name: str | UnsetType | None = UNSET
    privacy_level: int | UnsetType | None = UNSET
    scheduled_start_time: str | UnsetType | None = UNSET
    entity_type: int | UnsetType | None = UNSET
    channel_id: Snowflake | UnsetType | None = UNSET
    entity_metadata: EntityMetadata | UnsetType | None = UNSET
    scheduled_end_time: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    image: str | UnsetType | None = UNSET
    recurrence_rule: RecurrenceRule | UnsetType | None = UNSET
    status: int | UnsetType | None = UNSET
