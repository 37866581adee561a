"""What a scheduled event has beyond Discord's, an extension of ours: co-hosts, and the time zone by whose clock it recurs.

GET and PATCH /tuichat/scheduled-events/{event_id}/details; GET /tuichat/event-details lists those that one sees.
"""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake

FEATURE = "event_details"  # of GET /api/v10/tuichat
MAX_COHOSTS = 20  # taste: as many as a live room has hosts


class EventDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Also TUICHAT_EVENT_DETAILS, for who sees the event. `time_zone` is a name of the IANA database, None for UTC.

    In a zone, a rule's days and times of day are those of its clock, the same over a change to summer time. Co-hosts may start,
    change and end the event, though not delete it, and host the stage while it is on.
    """

    event_id: Snowflake
    guild_id: Snowflake
    time_zone: str | None = None
    cohost_ids: list[Snowflake] = []


class EditEventDetailsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """For who may change the event; co-hosts for who may without being one. What is absent stays. Answer: the EventDetails."""

    time_zone: str | UnsetType | None = UNSET
    cohost_ids: list[Snowflake] | UnsetType | None = UNSET


class EventDetailsUpdate(EventDetails, frozen=True, kw_only=True):
    """TUICHAT_EVENT_DETAILS."""
