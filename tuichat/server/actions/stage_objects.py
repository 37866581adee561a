"""Stages as the wire shows them."""

from tuichat.protocol.stage import StageInstance
from tuichat.server.store.stage_rows import StageRow


def shown(stage: StageRow) -> StageInstance:
    return StageInstance(
        id=stage.id,
        guild_id=stage.guild_id,
        channel_id=stage.channel_id,
        topic=stage.topic,
        guild_scheduled_event_id=stage.guild_scheduled_event_id,
    )
