"""A room that is live, as an account knows it: plain data that the reducer changes."""

from dataclasses import dataclass, field

import msgspec

from tuichat.protocol.live_room import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_HOSTS,
    MAX_LANGUAGE_CHARACTERS,
    MAX_LINK_CHARACTERS,
    MAX_TAG_CHARACTERS,
    MAX_TAGS,
    TOPIC_CHARACTERS,
    LiveRoom,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import StageInstance
from tuichat.protocol.user import User

MAX_TOPIC_CHARACTERS = 2 * TOPIC_CHARACTERS[1]  # what servers of others may have come to allow


class Flown(msgspec.Struct, frozen=True):
    """An emoji that somebody let fly; `since_ms` of the client's clock."""

    user_id: int
    emoji: str
    since_ms: int


@dataclass(slots=True)
class RoomState:
    """`audience_ids` are those of the audience who were asked for so far, in the order in which they came."""

    room: LiveRoom
    is_whole: bool = False  # all of `room` is known, not only what Discord's stage instance says
    audience_ids: list[int] = field(default_factory=list)
    is_audience_old: bool = False  # people came or went since those were asked for
    flown: list[Flown] = field(default_factory=list)  # the newest last


class RoomInvitation(msgspec.Struct, frozen=True):
    """Somebody asks one to come into a room, which may be of a guild that one is not in."""

    room: LiveRoom
    guild_name: str
    channel_name: str
    inviter: User


def room_of(stage: StageInstance) -> LiveRoom:
    """Return what a stage instance says of its room: not who opened it, and when by its id."""
    return LiveRoom(
        id=stage.id,
        guild_id=stage.guild_id,
        channel_id=stage.channel_id,
        topic=stage.topic[:MAX_TOPIC_CHARACTERS],
        starter_id=Snowflake(0),
        started_ms=stage.id.timestamp_ms,
        guild_scheduled_event_id=stage.guild_scheduled_event_id,
    )


def bounded_room(told: LiveRoom) -> LiveRoom:
    """Return a room as its own struct, whatever dispatch it came with, and with no more than a room may have."""
    fields = {name: getattr(told, name) for name in LiveRoom.__struct_fields__}
    has_address = told.link is not None and told.link.startswith(("http://", "https://"))
    fields |= {
        "topic": told.topic[:MAX_TOPIC_CHARACTERS],
        "description": told.description[:MAX_DESCRIPTION_CHARACTERS],
        "language": told.language[:MAX_LANGUAGE_CHARACTERS],
        "tags": [tag[:MAX_TAG_CHARACTERS] for tag in told.tags[:MAX_TAGS]],
        "link": told.link[:MAX_LINK_CHARACTERS] if told.link is not None and has_address else None,
        "host_ids": told.host_ids[: 2 * MAX_HOSTS],
        "speakers": max(0, told.speakers),
        "listeners": max(0, told.listeners),
    }
    return LiveRoom(**fields)
