"""What the state says of scheduled events: in which order, when, by whose clock, and what one may do with them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo

from tuichat.client.state import GuildState, State
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.event_exception import EventException
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.recurrence import RecurrenceRule, faults, next_ms, tidied
from tuichat.protocol.scheduled_event import EntityType, EventStatus, ScheduledEvent
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT
from tuichat.protocol.time_zone import find_zone
from tuichat.protocol.timestamp import parse_timestamp

HOSTING: Mapping[int, Permissions] = {
    EntityType.STAGE_INSTANCE: Permissions.MANAGE_CHANNELS | Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS,
    EntityType.VOICE: Permissions.CONNECT,
}  # what the server asks of who plans an event in a channel
FAR_MS = 253_402_300_799_000  # the end of the year 9999: where an event stands whose time cannot be read


def details_of(guild: GuildState, event: ScheduledEvent) -> EventDetails:
    """What an event has beyond Discord's; empty where nothing was told."""
    return guild.event_details.get(event.id) or EventDetails(event_id=event.id, guild_id=event.guild_id)


def zone_of(details: EventDetails) -> tzinfo:
    """By whose clock an event recurs: UTC without a zone, and with one that this machine does not know."""
    found = find_zone(details.time_zone) if details.time_zone else None
    return found or UTC


def moment_ms(timestamp: str | None) -> int | None:
    """A time of the wire in Unix milliseconds; None for none, for one that cannot be read, and before 1970."""
    if timestamp is None:
        return None
    try:
        read = parse_timestamp(timestamp)
    except ValueError:
        return None
    return read if 0 <= read <= FAR_MS else None


def local_time(unix_ms: int, zone: tzinfo | None) -> datetime:
    """A time of `moment_ms` by a zone's clock, None for this machine's."""
    moment = datetime.fromtimestamp(min(unix_ms, FAR_MS - 86_400_000) / 1000, UTC)
    return moment.astimezone(zone)


def begins_ms(event: ScheduledEvent) -> int | None:
    """When it really begins, or began: what was said of this one time alone comes before the rule."""
    exception = _exception_of(event, moment_ms(event.scheduled_start_time))
    moved = None if exception is None else moment_ms(exception.scheduled_start_time)
    return moment_ms(event.scheduled_start_time) if moved is None else moved


def ends_ms(event: ScheduledEvent) -> int | None:
    exception = _exception_of(event, moment_ms(event.scheduled_start_time))
    moved = None if exception is None else moment_ms(exception.scheduled_end_time)
    return moment_ms(event.scheduled_end_time) if moved is None else moved


def is_left_out(event: ScheduledEvent) -> bool:
    """Whether the next time of a recurring event does not take place."""
    exception = _exception_of(event, moment_ms(event.scheduled_start_time))
    return exception is not None and exception.is_canceled


def is_on(event: ScheduledEvent) -> bool:
    return event.status == EventStatus.ACTIVE


def in_order(events: Iterable[ScheduledEvent]) -> list[ScheduledEvent]:
    """What is on first, then by when it begins."""

    def place(event: ScheduledEvent) -> tuple[bool, int, int]:
        begins = begins_ms(event)
        return not is_on(event), FAR_MS if begins is None else begins, event.id

    return sorted(events, key=place)


def readable_rule(event: ScheduledEvent) -> RecurrenceRule | None:
    """The rule of a recurring event; None for one without, and for a rule that says nothing that can be carried out."""
    if event.recurrence_rule is None:
        return None
    rule = tidied(event.recurrence_rule)
    return None if faults(rule) else rule


def coming_ms(event: ScheduledEvent, zone: tzinfo, count: int) -> list[int]:
    """Up to `count` times by the rule after the one that is told, in Unix milliseconds."""
    rule, after = readable_rule(event), moment_ms(event.scheduled_start_time)
    found: list[int] = []
    left_out = {_original_ms(each) for each in event.guild_scheduled_event_exceptions if each.is_canceled}
    while rule is not None and after is not None and len(found) < count:
        after = next_ms(rule, after, zone)
        if after is not None and after not in left_out:
            found.append(after)
    return found


def may_plan(state: State, guild_id: int, channel_id: int | None = None, kind: int = EntityType.EXTERNAL) -> bool:
    """Whether one may plan an event in a guild, or in one of its channels."""
    return _has(state, guild_id, channel_id, kind, Permissions.CREATE_EVENTS)


def may_change(state: State, event: ScheduledEvent) -> bool:
    """Whether one may change an event as its maker, or as who manages events; co-hosts are told by `may_host`."""
    needed = Permissions.MANAGE_EVENTS
    if state.me is not None and event.creator_id == state.me.id:
        needed |= Permissions.CREATE_EVENTS
    return _has(state, event.guild_id, event.channel_id, event.entity_type, needed)


def may_host(state: State, event: ScheduledEvent) -> bool:
    """Whether one may start, edit and end an event."""
    guild = state.guilds.get(event.guild_id)
    is_cohost = guild is not None and state.me is not None and state.me.id in details_of(guild, event).cohost_ids
    return is_cohost or may_change(state, event)


def _has(state: State, guild_id: int, channel_id: int | None, kind: int, needed: Permissions) -> bool:
    """Whether one has any of `needed`, and all that hosting takes."""
    if channel_id is None:
        return bool(state.guild_permissions(guild_id) & needed)
    if channel_id not in state.channels:
        return False
    granted = state.permissions(channel_id)
    hosting = HOSTING.get(kind, Permissions(0))
    return bool(granted & needed) and granted & hosting == hosting


def _exception_of(event: ScheduledEvent, original_ms: int | None) -> EventException | None:
    """What is otherwise about one time of an event."""
    return next((each for each in event.guild_scheduled_event_exceptions if _original_ms(each) == original_ms), None)


def _original_ms(exception: EventException) -> int:
    return (exception.event_exception_id >> TIMESTAMP_SHIFT) + EPOCH_MS
