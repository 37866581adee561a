"""Scheduled events for tests, with as few words as a test needs."""

from typing import Any

from tests.client.builders import GUILD, OTHER
from tuichat.protocol.scheduled_event import EntityMetadata, EntityType, ScheduledEvent
from tuichat.protocol.snowflake import Snowflake

EVENT = 500


def planned(event_id: int = EVENT, **fields: Any) -> ScheduledEvent:
    """An event at a place outside, on 1 December 2026 at 20:00 UTC for an hour."""
    known: dict[str, Any] = {
        "guild_id": Snowflake(GUILD),
        "creator_id": Snowflake(OTHER),
        "name": "Honey evening",
        "scheduled_start_time": "2026-12-01T20:00:00+00:00",
        "scheduled_end_time": "2026-12-01T21:00:00+00:00",
        "status": 1,
        "entity_type": EntityType.EXTERNAL,
        "entity_metadata": EntityMetadata(location="The hive"),
    }
    return ScheduledEvent(id=Snowflake(event_id), **(known | fields))
