"""Stages as the wire shows them: as Discord's stage instances, and as live rooms."""

from typing import TypeVar

from tuichat.protocol.live_room import LiveRoom
from tuichat.protocol.stage import StageInstance
from tuichat.server.actions import voice_telling
from tuichat.server.actions.context import Context
from tuichat.server.store.stage_rows import StageRow

Room = TypeVar("Room", bound=LiveRoom)


def shown(stage: StageRow) -> StageInstance:
    return StageInstance(
        id=stage.id,
        guild_id=stage.guild_id,
        channel_id=stage.channel_id,
        topic=stage.topic,
        guild_scheduled_event_id=stage.guild_scheduled_event_id,
    )


def live_room(ctx: Context, stage: StageRow) -> LiveRoom:
    """The live room, with how many are in it now."""
    return room_as(LiveRoom, stage, voice_telling.counts(ctx, stage.guild_id, stage.channel_id))


def room_as(kind: type[Room], stage: StageRow, counts: tuple[int, int] = (0, 0)) -> Room:
    """The live room as one of the structs that show one; `counts` of speakers and listeners."""
    speakers, listeners = counts
    return kind(
        id=stage.id,
        guild_id=stage.guild_id,
        channel_id=stage.channel_id,
        topic=stage.topic,
        description=stage.description,
        language=stage.language,
        tags=list(stage.tags),
        openness=stage.openness,
        role_id=stage.role_id,
        hands=stage.hands,
        link=stage.link,
        starter_id=stage.starter_id,
        host_ids=list(stage.host_ids),
        started_ms=stage.id.timestamp_ms,
        speakers=speakers,
        listeners=listeners,
        guild_scheduled_event_id=stage.guild_scheduled_event_id,
    )
