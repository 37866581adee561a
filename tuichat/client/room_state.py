"""A room that is live, as an account knows it: plain data that the reducer changes."""

from dataclasses import dataclass, field

import msgspec

from tuichat.protocol.live_room import LiveRoom
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import StageInstance
from tuichat.protocol.user import User


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
        topic=stage.topic,
        starter_id=Snowflake(0),
        started_ms=stage.id.timestamp_ms,
        guild_scheduled_event_id=stage.guild_scheduled_event_id,
    )
