"""Zones and co-hosts of events in writes: how they are shown and told, and what ends with a co-host who leaves."""

import msgspec

from tuichat.protocol.event_details import EventDetails, EventDetailsUpdate
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.step import Step
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Put
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow


def shown(row: ScheduledEventRow) -> EventDetails:
    return EventDetails(
        event_id=row.id, guild_id=row.guild_id, time_zone=row.time_zone, cohost_ids=list(row.cohost_ids)
    )


def has_details(row: ScheduledEventRow) -> bool:
    return row.time_zone is not None or bool(row.cohost_ids)


def told(row: ScheduledEventRow) -> Event:
    """Tell all who see the event."""
    return event("TUICHAT_EVENT_DETAILS", _payload(row), guild_id=row.guild_id, channel_id=row.channel_id)


def told_to(row: ScheduledEventRow, user_ids: set[int]) -> Event:
    return event("TUICHAT_EVENT_DETAILS", _payload(row), guild_id=row.guild_id, user_ids=user_ids)


def unhosting(ctx: Context, state: GuildState, user_id: int) -> Step:
    """What a write takes for somebody to be a co-host in a guild no more."""
    changed = [
        msgspec.structs.replace(row, cohost_ids=tuple(each for each in row.cohost_ids if each != user_id))
        for row in ctx.scheduled_events.planned(state.id)
        if user_id in row.cohost_ids
    ]

    def remember() -> None:
        for row in changed:
            ctx.scheduled_events.put(row)

    return Step([Put(row) for row in changed], [told(row) for row in changed], remember)


def _payload(row: ScheduledEventRow) -> EventDetailsUpdate:
    return EventDetailsUpdate(
        event_id=row.id, guild_id=row.guild_id, time_zone=row.time_zone, cohost_ids=list(row.cohost_ids)
    )
