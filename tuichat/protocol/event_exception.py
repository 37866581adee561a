"""Exceptions to the rule by which a scheduled event recurs: one time that is left out, or is at another hour."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class EventException(msgspec.Struct, frozen=True, kw_only=True):
    """One time of an event. `event_exception_id` is the snowflake of when it would begin by the rule; null times are the rule's."""

    event_id: Snowflake
    event_exception_id: Snowflake
    is_canceled: bool = False
    scheduled_start_time: str | None = None
    scheduled_end_time: str | None = None


class EventExceptionCreate(EventException, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE, also for one that was there and is another one now."""


class EventExceptionDelete(EventException, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE."""


class EventExceptionsDelete(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE: an event has none any more, as its rule is another one."""

    guild_id: Snowflake
    event_id: Snowflake


class EditEventExceptionRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What is absent or null is as the rule has it."""

    is_canceled: bool | UnsetType | None = UNSET
    scheduled_start_time: str | UnsetType | None = UNSET
    scheduled_end_time: str | UnsetType | None = UNSET


class CreateEventExceptionRequest(EditEventExceptionRequest, frozen=True, kw_only=True):
    """`original_scheduled_start_time` is when the event would begin by the rule."""

    original_scheduled_start_time: str
