"""Scheduled events as an iCalendar file (RFC 5545), which every calendar reads: pure, text in and bytes out."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import groupby
from zoneinfo import ZoneInfo

import msgspec

import tuichat
from tuichat.client.planned_events import moment_ms, readable_rule, zone_of
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.event_exception import EventException
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EventStatus, ScheduledEvent
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT

MAX_LINE_BYTES = 75  # RFC 5545, section 3.1, without the line break
ZONE_YEARS = 10  # taste: so long are a zone's changes told; calendars go on by the database that they have
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
LAST_MS = 221_845_392_000_000  # the year 9000: later events are not for calendars
_STEP = timedelta(days=1)  # no zone changes its clocks twice in a day
_UNSHOWN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")  # not allowed in a text: section 3.1, "CONTROL"


class CalendarEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event, what it has beyond Discord's, where it is in words, and a link to it; empty for none."""

    event: ScheduledEvent
    details: EventDetails
    place: str = ""
    url: str = ""


def calendar_file(name: str, events: Sequence[CalendarEvent], *, domain: str, now_ms: int) -> bytes:
    """Return the file. `domain` makes ids of events unique in the world, and is to stay the same for a server.

    An event whose time cannot be read is left out: `domain` and `now_ms` (Unix time) are trusted, all else is escaped.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//tuichat//tuichat {tuichat.__version__}//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{escaped(name)}",
    ]
    readable = [each for each in events if _told_ms(each.event.scheduled_start_time) is not None]
    zones: dict[str, tuple[ZoneInfo, int]] = {}
    for each in readable:
        zone = zone_of(each.details)
        if isinstance(zone, ZoneInfo):
            begins = _told_ms(each.event.scheduled_start_time) or 0
            zones[zone.key] = zone, min(begins, zones[zone.key][1] if zone.key in zones else begins)
    for zone, first_ms in zones.values():
        lines += _zone_lines(zone, first_ms)
    for each in readable:
        lines += _event_lines(each, f"{int(each.event.id)}@{domain}", _utc(now_ms))
    lines.append("END:VCALENDAR")
    return b"".join(folded(line) for line in lines)


def folded(line: str) -> bytes:
    """Return a line of the file, broken after 75 bytes at most, never within a character."""
    parts: list[bytes] = []
    part = b""
    for character in line:
        encoded = character.encode()
        if len(part) + len(encoded) > MAX_LINE_BYTES:
            parts.append(part)
            part = b" "
        part += encoded
    return b"\r\n".join([*parts, part]) + b"\r\n"


def escaped(text: str) -> str:
    """Return a text as the value of a property; control characters that it must not have become a replacement."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _UNSHOWN.sub("\N{REPLACEMENT CHARACTER}", text)
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")


def _event_lines(each: CalendarEvent, uid: str, stamp: str) -> Iterator[str]:
    event, zone = each.event, zone_of(each.details)
    start_ms, end_ms = _told_ms(event.scheduled_start_time) or 0, _told_ms(event.scheduled_end_time)
    length_ms = None if end_ms is None or end_ms <= start_ms else end_ms - start_ms
    rule = readable_rule(event)
    exceptions = event.guild_scheduled_event_exceptions if rule is not None else []
    yield "BEGIN:VEVENT"
    yield from _head_lines(each, uid, stamp)
    yield from _time_lines(start_ms, length_ms, zone)
    if rule is not None:
        yield f"RRULE:{_rule(rule)}"
        left_out = [_original_ms(said) for said in exceptions if said.is_canceled and _original_ms(said) >= 0]
        for original_ms in left_out:
            yield _moment("EXDATE", original_ms, zone)
    yield "END:VEVENT"
    for said in exceptions:
        moved_ms = _told_ms(said.scheduled_start_time)
        if said.is_canceled or (moved_ms is None and said.scheduled_end_time is None):
            continue
        begins = _original_ms(said) if moved_ms is None else moved_ms
        until = _told_ms(said.scheduled_end_time)
        yield "BEGIN:VEVENT"
        yield from _head_lines(each, uid, stamp)
        yield _moment("RECURRENCE-ID", _original_ms(said), zone)
        yield from _time_lines(begins, length_ms if until is None or until <= begins else until - begins, zone)
        yield "END:VEVENT"


def _head_lines(each: CalendarEvent, uid: str, stamp: str) -> Iterator[str]:
    yield f"UID:{uid}"
    yield f"DTSTAMP:{stamp}"
    yield f"SUMMARY:{escaped(each.event.name)}"
    if each.event.description:
        yield f"DESCRIPTION:{escaped(each.event.description)}"
    if each.place:
        yield f"LOCATION:{escaped(each.place)}"
    if each.url and each.url.isprintable() and each.url.isascii():
        yield f"URL:{each.url}"
    yield "STATUS:CANCELLED" if each.event.status == EventStatus.CANCELED else "STATUS:CONFIRMED"


def _time_lines(start_ms: int, length_ms: int | None, zone: tzinfo) -> Iterator[str]:
    yield _moment("DTSTART", start_ms, zone)
    if length_ms is not None:
        yield _moment("DTEND", start_ms + length_ms, zone)


def _moment(name: str, unix_ms: int, zone: tzinfo) -> str:
    if not isinstance(zone, ZoneInfo):
        return f"{name}:{_utc(unix_ms)}"
    return f"{name};TZID={zone.key}:{_written(datetime.fromtimestamp(unix_ms / 1000, zone))}"


def _utc(unix_ms: int) -> str:
    return _written(datetime.fromtimestamp(unix_ms / 1000, UTC)) + "Z"


def _written(moment: datetime) -> str:
    return f"{moment.year:04}{moment:%m%dT%H%M%S}"


def _rule(rule: RecurrenceRule) -> str:
    parts = [f"FREQ={Frequency(rule.frequency).name}"]
    if rule.interval != 1:
        parts.append(f"INTERVAL={rule.interval}")
    if rule.by_month:
        parts.append(f"BYMONTH={','.join(map(str, rule.by_month))}")
    if rule.by_month_day:
        parts.append(f"BYMONTHDAY={','.join(map(str, rule.by_month_day))}")
    if rule.by_weekday:
        parts.append(f"BYDAY={','.join(_WEEKDAYS[day] for day in sorted(rule.by_weekday))}")
    if rule.by_n_weekday:
        parts.append(f"BYDAY={','.join(f'{nth.n}{_WEEKDAYS[nth.day]}' for nth in rule.by_n_weekday)}")
    return ";".join(parts)


def _zone_lines(zone: ZoneInfo, first_ms: int) -> Iterator[str]:
    """What a zone's clocks do, from some time before on: each offset, and when it begins."""
    yield "BEGIN:VTIMEZONE"
    yield f"TZID:{zone.key}"
    begin = datetime.fromtimestamp(first_ms / 1000, UTC) - timedelta(days=366)
    changes = [(begin, begin, zone), *((moment, moment - _STEP, zone) for moment in _changes(zone, begin))]
    told = sorted((_observance(zone, moment, before) for moment, before, _zone in changes), key=lambda each: each[0])
    for (kind, before, after, name), same in groupby(told, key=lambda each: each[0]):
        onsets = [onset for _kind, onset in same]
        yield f"BEGIN:{kind}"
        yield f"DTSTART:{onsets[0]}"
        for onset in onsets[1:]:
            yield f"RDATE:{onset}"
        yield f"TZOFFSETFROM:{before}"
        yield f"TZOFFSETTO:{after}"
        yield f"TZNAME:{escaped(name)}"
        yield f"END:{kind}"
    yield "END:VTIMEZONE"


def _observance(zone: ZoneInfo, moment: datetime, before: datetime) -> tuple[tuple[str, str, str, str], str]:
    """Return which clock begins at a moment (kind, offsets, name), and the moment by the clock before it."""
    earlier, later = before.astimezone(zone), moment.astimezone(zone)
    offset_before = earlier.utcoffset() or timedelta()
    kind = "DAYLIGHT" if later.dst() else "STANDARD"
    clock = kind, _offset(offset_before), _offset(later.utcoffset() or timedelta()), later.tzname() or zone.key
    return clock, _written((moment + offset_before).replace(tzinfo=None))


def _changes(zone: ZoneInfo, begin: datetime) -> Iterable[datetime]:
    """When a zone's offset changes in the years after a moment, to the second."""
    low = begin
    for _day in range(366 * (ZONE_YEARS + 1)):
        high = low + _STEP
        if high.astimezone(zone).utcoffset() != low.astimezone(zone).utcoffset():
            yield _change_between(zone, low, high)
        low = high


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


def _offset(offset: timedelta) -> str:
    minutes, seconds = divmod(abs(int(offset.total_seconds())), 60)
    sign = "-" if offset < timedelta() else "+"
    return f"{sign}{minutes // 60:02}{minutes % 60:02}" + (f"{seconds:02}" if seconds else "")


def _told_ms(timestamp: str | None) -> int | None:
    """A time that can be written in any zone, and so can what comes after it."""
    read = moment_ms(timestamp)
    return None if read is None or read >= LAST_MS else read


def _original_ms(exception: EventException) -> int:
    return (exception.event_exception_id >> TIMESTAMP_SHIFT) + EPOCH_MS
