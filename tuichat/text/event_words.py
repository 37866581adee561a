"""Scheduled events in words: when, how often, where, and who."""

from datetime import date, datetime, timedelta, tzinfo

from msgspec import UNSET

from tuichat.client import planned_events
from tuichat.client.planned_events import begins_ms, ends_ms, local_time
from tuichat.client.state import State
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType, EventStatus, ScheduledEvent
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.text.channel_names import channel_name
from tuichat.text.date_words import DAYS, MONTHS
from tuichat.text.message_time import Clock, clock, day_name
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import N_, _, ngettext

NTH = (N_("first"), N_("second"), N_("third"), N_("fourth"), N_("fifth"))  # weekday of a month
_WORKDAYS = [0, 1, 2, 3, 4]


def coming_day(day: date, today: date) -> str:
    """Return a day as it is said of what comes: tomorrow by that word, those of a week by their names."""
    ahead = (day - today).days
    if ahead == 1:
        return _("Tomorrow")
    if 1 < ahead < 7:
        return _(DAYS[day.weekday()])
    return day_name(day, today)


def begin_words(event: ScheduledEvent, told: Clock) -> str:
    """Return when an event begins, in the reader's time: the day, named if it is near, and the time of day."""
    begins = begins_ms(event)
    if begins is None:
        return _("some day")
    moment = local_time(begins, None)
    return f"{coming_day(moment.date(), told.today)} {clock(moment, is_12h=told.is_12h)}"


def when_words(event: ScheduledEvent, told: Clock, zone: tzinfo | None = None) -> str:
    """Return from when to when an event is, by a zone's clock, None for the reader's; `told.today` is a day there."""
    begins, ends = begins_ms(event), ends_ms(event)
    if begins is None:
        return _("some day")
    start = local_time(begins, zone)
    words = f"{coming_day(start.date(), told.today)} {clock(start, is_12h=told.is_12h)}"
    if ends is None or ends <= begins:
        return words
    end = local_time(ends, zone)
    until = clock(end, is_12h=told.is_12h)
    if end.date() != start.date() and end - start >= timedelta(hours=12):
        until = f"{coming_day(end.date(), told.today)} {until}"
    return f"{words} – {until}"


def zone_words(event: ScheduledEvent, details: EventDetails, told: Clock) -> str:
    """Return when it is by the clock of its own zone; empty where that is the reader's, and where it has none."""
    begins = begins_ms(event)
    if details.time_zone is None or begins is None:
        return ""
    there, here = local_time(begins, planned_events.zone_of(details)), local_time(begins, None)
    if there.utcoffset() == here.utcoffset():
        return ""
    away = Clock(_today_at(told, there, here), told.is_12h)
    return _("{when} in {zone}").format(
        when=when_words(event, away, planned_events.zone_of(details)), zone=safe_line(details.time_zone)
    )


def _today_at(told: Clock, there: datetime, here: datetime) -> date:
    """Which day it is for somebody elsewhere, as far as it can be told from the day here."""
    return told.today if told.now is None else told.now.astimezone(there.tzinfo).date()


def rule_words(rule: RecurrenceRule | None, zone: tzinfo) -> str:
    """Return how an event recurs by a zone's clock; empty where it does not. The rule is one without faults."""
    if rule is None:
        return ""
    start = local_time(max(0, parse_timestamp(rule.start)), zone)
    match rule.frequency:
        case Frequency.DAILY if rule.by_weekday == _WORKDAYS:
            return _("Every day from Monday to Friday")
        case Frequency.DAILY if rule.by_weekday:
            return _("Every {days}").format(days=_listed([_(DAYS[day]) for day in sorted(rule.by_weekday)]))
        case Frequency.DAILY:
            return _("Every day")
        case Frequency.WEEKLY:
            day = _(DAYS[(rule.by_weekday or [start.weekday()])[0]])
            every = _("Every other {day}") if rule.interval == 2 else _("Every {day}")
            return every.format(day=day)
        case Frequency.MONTHLY if rule.by_n_weekday:
            nth = rule.by_n_weekday[0]
            return _("Every {nth} {day} of the month").format(nth=_(NTH[nth.n - 1]), day=_(DAYS[nth.day]))
        case Frequency.MONTHLY:
            return _("Every month on day {day}").format(day=start.day)
    month, number = (rule.by_month or [start.month])[0], (rule.by_month_day or [start.day])[0]
    return _("Every year on {day} {month}").format(day=number, month=_(MONTHS[month - 1]))


def recurrence_words(event: ScheduledEvent, details: EventDetails) -> str:
    """Return how an event recurs; empty where it does not."""
    if event.recurrence_rule is None:
        return ""
    rule = planned_events.readable_rule(event)
    return _("It repeats") if rule is None else rule_words(rule, planned_events.zone_of(details))


def place_words(state: State, event: ScheduledEvent) -> str:
    """Return where an event is: a channel with its sign, or the place that was written."""
    if event.channel_id is not None:
        channel = state.channels.get(event.channel_id)
        name = _("a channel that you do not see") if channel is None else channel_name(channel)
        return f"{'◈' if event.entity_type == EntityType.STAGE_INSTANCE else '♪'} {name}"
    location = event.entity_metadata.location if event.entity_metadata is not None else None
    return safe_line(location) if isinstance(location, str) and location.strip() else _("somewhere")


def status_words(event: ScheduledEvent) -> str:
    """Return what is to be said of an event that does not simply come; empty for one that does."""
    if event.status == EventStatus.ACTIVE:
        return _("now")
    return _("left out this time") if planned_events.is_left_out(event) else ""


def interested_words(count: int) -> str:
    return ngettext("{count} interested", "{count} interested", count).format(count=count)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else _("{list} and {last}").format(list=", ".join(names[:-1]), last=names[-1])


def event_lines(state: State, event: ScheduledEvent, told: Clock) -> list[str]:
    """Return all there is to say of an event, line by line; its description last."""
    guild = state.guilds.get(event.guild_id)
    details = EventDetails(event_id=event.id, guild_id=event.guild_id)
    if guild is not None:
        details = planned_events.details_of(guild, event)
    own_zone = zone_words(event, details, told)
    when = [when_words(event, told), status_words(event), f"({own_zone})" if own_zone else ""]
    hosts = [person_name(state, event, user_id) for user_id in host_ids(event, details)]
    lines = [
        safe_line(event.name),
        " ".join(word for word in when if word),
        recurrence_words(event, details),
        place_words(state, event),
        _("hosted by {names}").format(names=", ".join(hosts)) if hosts else "",
        interested_words(event.user_count) if isinstance(event.user_count, int) else "",
        _("you are interested") if event.id in state.interested_ids else "",
        safe_block(event.description) if event.description else "",
    ]
    return [line for line in lines if line]


def host_ids(event: ScheduledEvent, details: EventDetails) -> list[int]:
    """Return who made an event, and who co-hosts it."""
    maker = [] if event.creator_id is None else [int(event.creator_id)]
    return list(dict.fromkeys([*maker, *map(int, details.cohost_ids)]))


def person_name(state: State, event: ScheduledEvent, user_id: int) -> str:
    """Return what somebody of an event is called, in safe text."""
    guild = state.guilds.get(event.guild_id)
    member = None if guild is None else guild.members.get(user_id)
    if member is not None:
        return safe_name(member.display_name)
    user = state.users.get(user_id)
    if user is None and event.creator is not UNSET and event.creator.id == user_id:
        user = event.creator
    return _("somebody") if user is None else safe_name(user.display_name)


def reminder_words(state: State, event: ScheduledEvent, now_ms: int) -> str:
    """Return the sentence by which one is reminded of an event; `now_ms` is Unix time."""
    name, place = safe_line(event.name), place_words(state, event)
    begins = begins_ms(event)
    if event.status == EventStatus.ACTIVE or begins is None:
        return _("{name} is on now, {place}").format(name=name, place=place)
    minutes = max(1, round((begins - now_ms) / 60_000))
    words = ngettext("{name} begins in {count} minute, {place}", "{name} begins in {count} minutes, {place}", minutes)
    return words.format(name=name, count=minutes, place=place)
