"""Rows of stages that are live."""

import msgspec

from tuichat.protocol.live_room import Hands, Openness
from tuichat.protocol.snowflake import Snowflake


class StageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that is live: a live room. A channel has one.

    `host_ids` are who started it, until it stepped down, and those who were made hosts, moderators of the stage or not.
    """

    id: Snowflake
    guild_id: Snowflake
    channel_id: Snowflake
    topic: str
    guild_scheduled_event_id: Snowflake | None = None  # the event that it was opened for
    starter_id: Snowflake
    description: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    openness: Openness = Openness.GUILD
    role_id: Snowflake | None = None
    hands: Hands = Hands.ALL
    link: str | None = None
    host_ids: tuple[Snowflake, ...] = ()
    invited_ids: tuple[Snowflake, ...] = ()
    blocked_ids: tuple[Snowflake, ...] = ()
