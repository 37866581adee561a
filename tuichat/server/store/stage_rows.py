"""Rows of stages that are live."""

import msgspec

from tuichat.protocol.snowflake import Snowflake


class StageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that is live. A channel has one; who started it is a host of it, moderator or not."""

    id: Snowflake
    guild_id: Snowflake
    channel_id: Snowflake
    topic: str
    guild_scheduled_event_id: Snowflake | None = None  # the event that it was opened for
    starter_id: Snowflake
