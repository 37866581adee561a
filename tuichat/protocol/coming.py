"""What comes, an extension of ours: the scheduled events of all guilds that one is in, in one list."""

import msgspec

from tuichat.protocol.scheduled_event import ScheduledEvent

MAX_COMING = 100


class ComingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that has not begun, and what one has to do with it. `begins_ms` is when its next time really begins."""

    event: ScheduledEvent
    begins_ms: int
    guild_name: str
    guild_icon: str | None = None
    channel_name: str | None = None
    is_interested: bool = False
    follows_guild: bool = False
    follows_creator: bool = False


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """GET /tuichat/coming?limit=: events that one sees, the next one first."""

    events: list[ComingEvent]
