"""What somebody plans, as a form or a command has it, and the requests that make it an event."""

from datetime import UTC, datetime, timedelta, tzinfo
from enum import Enum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.client.errors import RefusedError
from tuichat.client.planned_events import moment_ms, readable_rule
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.recurrence import Frequency, NWeekday, RecurrenceRule
from tuichat.protocol.scheduled_event import (
    GUILD_ONLY,
    CreateScheduledEventRequest,
    EditScheduledEventRequest,
    EntityMetadata,
    EntityType,
    ScheduledEvent,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp
from tuichat.translation import _

NAME_CHARACTERS = (1, 100)  # Discord's documentation, "Create Guild Scheduled Event"
LOCATION_CHARACTERS = (1, 100)
DESCRIPTION_CHARACTERS = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORKDAYS = [0, 1, 2, 3, 4]


class Repeats(Enum):
    """How an event repeats: what Discord's own clients offer, all of it by the day of its start."""

    NEVER = "never"
    DAILY = "daily"
    WORKDAYS = "workdays"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"  # on the same weekday of the month
    YEARLY = "yearly"
    OTHER = "other"  # a rule that another program made


class EventPlan(msgspec.Struct, frozen=True, kw_only=True):
    """An event as somebody wants it. Times are Unix milliseconds; `image` a data URI, UNSET where it stays as it is.

    `time_zone` and `cohost_ids` None: nothing is said of them, as a server knows neither.
    """

    name: str
    kind: EntityType
    start_ms: int
    end_ms: int | None = None
    channel_id: int | None = None
    location: str = ""
    description: str = ""
    rule: RecurrenceRule | None = None
    image: str | UnsetType | None = UNSET
    time_zone: str | None = None
    cohost_ids: tuple[int, ...] | None = None


def checked(plan: EventPlan) -> EventPlan:
    """Return a plan that a server may take, without blanks at its ends. Raises RefusedError for another, before it is sent."""
    plan = msgspec.structs.replace(
        plan, name=plan.name.strip(), location=plan.location.strip(), description=plan.description.strip()
    )
    low, high = NAME_CHARACTERS
    if not low <= len(plan.name) <= high:
        raise RefusedError(_("The name of an event has {low} to {high} characters.").format(low=low, high=high))
    if len(plan.description) > DESCRIPTION_CHARACTERS:
        words = _("The description has {count} characters; {limit} are the most.")
        raise RefusedError(words.format(count=len(plan.description), limit=DESCRIPTION_CHARACTERS))
    if plan.kind is EntityType.EXTERNAL:
        low, high = LOCATION_CHARACTERS
        if not low <= len(plan.location) <= high:
            raise RefusedError(_("Say in {low} to {high} characters where it is.").format(low=low, high=high))
        if plan.end_ms is None:
            raise RefusedError(_("An event elsewhere needs an end as well."))
    elif plan.channel_id is None:
        raise RefusedError(_("Choose the channel where it is."))
    if plan.end_ms is not None and plan.end_ms <= plan.start_ms:
        raise RefusedError(_("It ends before it begins."))
    return plan


def creation(plan: EventPlan) -> CreateScheduledEventRequest:
    return CreateScheduledEventRequest(
        name=plan.name,
        privacy_level=GUILD_ONLY,
        scheduled_start_time=format_timestamp(plan.start_ms),
        entity_type=plan.kind,
        channel_id=None if plan.channel_id is None else Snowflake(plan.channel_id),
        entity_metadata=EntityMetadata(location=plan.location) if plan.kind is EntityType.EXTERNAL else UNSET,
        scheduled_end_time=None if plan.end_ms is None else format_timestamp(plan.end_ms),
        description=plan.description or UNSET,
        image=plan.image,
        recurrence_rule=plan.rule or UNSET,
    )


def change(plan: EventPlan, *, is_on: bool) -> EditScheduledEventRequest:
    """The request that makes an event what is planned; where it is and when it began stay of one that is on."""
    made = creation(plan)
    fields = {name: getattr(made, name) for name in CreateScheduledEventRequest.__struct_fields__}
    fields |= {"description": plan.description or None, "recurrence_rule": plan.rule}
    if is_on:
        for name in ("scheduled_start_time", "entity_type", "channel_id", "recurrence_rule"):
            del fields[name]
    return EditScheduledEventRequest(**fields)


def plan_of(event: ScheduledEvent, details: EventDetails) -> EventPlan:
    """Return what somebody would have planned for an event to be as it is."""
    location = event.entity_metadata.location if event.entity_metadata is not None else None
    kind = EntityType(event.entity_type) if event.entity_type in tuple(EntityType) else EntityType.EXTERNAL
    return EventPlan(
        name=event.name,
        kind=kind,
        start_ms=moment_ms(event.scheduled_start_time) or 0,
        end_ms=moment_ms(event.scheduled_end_time),
        channel_id=event.channel_id,
        location=location if isinstance(location, str) else "",
        description=event.description or "",
        rule=readable_rule(event),
        time_zone=details.time_zone,
        cohost_ids=tuple(details.cohost_ids),
    )


def rule_of(repeats: Repeats, start_ms: int, zone: tzinfo) -> RecurrenceRule | None:
    """The rule by which something repeats from its start on, by a zone's clock."""
    begins = (_EPOCH + timedelta(milliseconds=start_ms)).astimezone(zone)
    start = format_timestamp(start_ms)
    match repeats:
        case Repeats.DAILY:
            return RecurrenceRule(start=start, frequency=Frequency.DAILY)
        case Repeats.WORKDAYS:
            return RecurrenceRule(start=start, frequency=Frequency.DAILY, by_weekday=_WORKDAYS)
        case Repeats.WEEKLY | Repeats.FORTNIGHTLY:
            interval = 1 if repeats is Repeats.WEEKLY else 2
            days = [begins.weekday()]
            return RecurrenceRule(start=start, frequency=Frequency.WEEKLY, interval=interval, by_weekday=days)
        case Repeats.MONTHLY:
            nth = NWeekday(n=(begins.day - 1) // 7 + 1, day=begins.weekday())
            return RecurrenceRule(start=start, frequency=Frequency.MONTHLY, by_n_weekday=[nth])
        case Repeats.YEARLY:
            return RecurrenceRule(
                start=start, frequency=Frequency.YEARLY, by_month=[begins.month], by_month_day=[begins.day]
            )
    return None


def repeats_of(rule: RecurrenceRule | None, zone: tzinfo) -> Repeats:
    """Which of them a rule is."""
    if rule is None:
        return Repeats.NEVER
    start_ms = parse_timestamp(rule.start)
    for repeats in Repeats:
        made = rule_of(repeats, start_ms, zone)
        if made is not None and msgspec.structs.replace(made, start=rule.start) == rule:
            return repeats
    return Repeats.OTHER
