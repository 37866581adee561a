"""Rooms of the directory and events that come, with as few words as a test needs."""

from typing import Any

import msgspec

from tests.client.builders import GUILD, OTHER, user
from tests.client.events import planned
from tuichat.protocol.coming import ComingEvent
from tuichat.protocol.live_room import FoundRoom, LiveRoom
from tuichat.protocol.snowflake import Snowflake

STAGE = 77
STARTED_MS = 1_700_000_000_000


def room(channel_id: int = STAGE, **fields: Any) -> LiveRoom:
    """A room of OTHER about bees."""
    known: dict[str, Any] = {
        "id": Snowflake(channel_id + 1000),
        "guild_id": Snowflake(GUILD),
        "channel_id": Snowflake(channel_id),
        "topic": "Bees in winter",
        "starter_id": Snowflake(OTHER),
        "started_ms": STARTED_MS,
        "speakers": 1,
        "listeners": 3,
    }
    return LiveRoom(**(known | fields))


def found(channel_id: int = STAGE, about: dict[str, Any] | None = None, **fields: Any) -> FoundRoom:
    """The same, as the directory shows it; OTHER speaks."""
    known: dict[str, Any] = {
        "room": room(channel_id, **(about or {})),
        "guild_name": "Bee Club",
        "channel_name": "stage",
        "people": [user(OTHER, "grace")],
        "speaker_ids": [Snowflake(OTHER)],
    }
    return FoundRoom(**(known | fields))


def coming(event_id: int, begins_ms: int, name: str = "Honey evening", **fields: Any) -> ComingEvent:
    event = msgspec.structs.replace(planned(event_id), name=name)
    known: dict[str, Any] = {"event": event, "begins_ms": begins_ms, "guild_name": "Bee Club"}
    return ComingEvent(**(known | fields))
