"""What dispatches of scheduled events, and of who is interested in them, do to the state."""

import msgspec

from tuichat.client import directory
from tuichat.client.change import Change, EventsChanged
from tuichat.client.state import State
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.event_exception import (
    EventException,
    EventExceptionCreate,
    EventExceptionDelete,
    EventExceptionsDelete,
)
from tuichat.protocol.event_subscription import ScheduledEventUserAdd, ScheduledEventUserRemove
from tuichat.protocol.scheduled_event import ScheduledEvent, ScheduledEventDelete

MAX_EXCEPTIONS = 1_000  # taste: ten times what our server keeps of an event


def put_event(state: State, event: ScheduledEvent) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    directory.put_event(guild, event)
    return [EventsChanged(event.guild_id)]


def remove_event(state: State, event: ScheduledEventDelete) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or guild.events.pop(event.id, None) is None:
        return []
    guild.event_details.pop(event.id, None)
    state.interested_ids.discard(event.id)
    return [EventsChanged(event.guild_id)]


def put_exception(state: State, event: EventExceptionCreate) -> list[Change]:
    kept = EventException(**{name: getattr(event, name) for name in EventException.__struct_fields__})
    return _with_exceptions(state, event, [kept])


def remove_exception(state: State, event: EventExceptionDelete) -> list[Change]:
    return _with_exceptions(state, event, [])


def remove_exceptions(state: State, event: EventExceptionsDelete) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    known = None if guild is None else guild.events.get(event.event_id)
    if guild is None or known is None:
        return []
    guild.events[known.id] = msgspec.structs.replace(known, guild_scheduled_event_exceptions=[])
    return [EventsChanged(event.guild_id)]


def add_interested(state: State, event: ScheduledEventUserAdd) -> list[Change]:
    if state.me is not None and event.user_id == state.me.id and len(state.interested_ids) < directory.MAX_USERS:
        state.interested_ids.add(event.guild_scheduled_event_id)
    return _counted(state, event.guild_id, event.guild_scheduled_event_id, 1)


def remove_interested(state: State, event: ScheduledEventUserRemove) -> list[Change]:
    if state.me is not None and event.user_id == state.me.id:
        state.interested_ids.discard(event.guild_scheduled_event_id)
    return _counted(state, event.guild_id, event.guild_scheduled_event_id, -1)


def put_details(state: State, event: EventDetails) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or event.event_id not in guild.events:
        return []
    fields = {name: getattr(event, name) for name in EventDetails.__struct_fields__}
    guild.event_details[event.event_id] = EventDetails(**fields)
    return [EventsChanged(event.guild_id)]


def _with_exceptions(state: State, event: EventException, put: list[EventException]) -> list[Change]:
    """Replace what was said of one time of an event; the dispatch does not say of which guild the event is."""
    guild = next((each for each in state.guilds.values() if event.event_id in each.events), None)
    if guild is None:
        return []
    known = guild.events[event.event_id]
    others = [
        each for each in known.guild_scheduled_event_exceptions if each.event_exception_id != event.event_exception_id
    ]
    exceptions = sorted([*others, *put], key=lambda each: each.event_exception_id)[-MAX_EXCEPTIONS:]
    guild.events[known.id] = msgspec.structs.replace(known, guild_scheduled_event_exceptions=exceptions)
    return [EventsChanged(known.guild_id)]


def _counted(state: State, guild_id: int, event_id: int, step: int) -> list[Change]:
    guild = state.guilds.get(guild_id)
    known = None if guild is None else guild.events.get(event_id)
    if guild is None or known is None:
        return []
    if isinstance(known.user_count, int):
        guild.events[event_id] = msgspec.structs.replace(known, user_count=max(0, known.user_count + step))
    return [EventsChanged(guild_id)]
