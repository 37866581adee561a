"""Recurrence rules: when something that repeats happens next, by the part of iCalendar (RFC 5545) that Discord knows."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import IntEnum

import msgspec

from tuichat.protocol.timestamp import parse_timestamp

# discord-userdoccers, "System limitations": the sets of weekdays that a daily rule may have, Monday is 0.
DAILY_SETS = (
    frozenset({0, 1, 2, 3, 4}),
    frozenset({1, 2, 3, 4, 5}),
    frozenset({6, 0, 1, 2, 3}),
    frozenset({4, 5}),
    frozenset({5, 6}),
    frozenset({6, 0}),
)
_LEAP_YEAR = 2000  # every day of any year is one of this one
_PERIODS = 16  # looked at for the next time; the longest gap is that of 29 February around 2100: eight years
_UNIX_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Frequency(IntEnum):
    YEARLY = 0
    MONTHLY = 1
    WEEKLY = 2
    DAILY = 3


class NWeekday(msgspec.Struct, frozen=True, kw_only=True):
    """The `n`th (1 to 5) of a weekday in a month; Monday is 0."""

    n: int
    day: int


class RecurrenceRule(msgspec.Struct, frozen=True, kw_only=True):
    """`end`, `by_year_day` and `count` are on the wire, and nobody may set them."""

    start: str
    frequency: int
    interval: int = 1
    end: str | None = None
    by_weekday: list[int] | None = None
    by_n_weekday: list[NWeekday] | None = None
    by_month: list[int] | None = None
    by_month_day: list[int] | None = None
    by_year_day: list[int] | None = None
    count: int | None = None


def tidied(rule: RecurrenceRule) -> RecurrenceRule:
    """The rule with None for every list that is empty, which says the same."""
    empty = {field: None for field in rule.__struct_fields__ if getattr(rule, field) == []}
    return msgspec.structs.replace(rule, **empty)


def faults(rule: RecurrenceRule) -> dict[str, str]:
    """What a tidied rule has that is not allowed: a sentence by field; empty for a good one."""
    found: dict[str, str] = {}
    try:
        parse_timestamp(rule.start)
    except ValueError as error:
        found["start"] = str(error)
    if not 0 <= rule.frequency <= max(Frequency):
        found["frequency"] = f"Value must be one of {tuple(map(int, Frequency))}."
        return found
    found |= {field: "Cannot be set." for field in ("end", "by_year_day", "count") if getattr(rule, field) is not None}
    if rule.interval != 1 and not (rule.interval == 2 and rule.frequency == Frequency.WEEKLY):
        found["interval"] = "Must be 1, or 2 in a weekly rule."
    days = None if rule.by_weekday is None else frozenset(rule.by_weekday)
    if days is not None and not _is_weekday_set(rule, days):
        found["by_weekday"] = "Must be one day in a weekly rule, and one of the known sets of days in a daily one."
    nth = rule.by_n_weekday
    if nth is not None and not (rule.frequency == Frequency.MONTHLY and len(nth) == 1 and _is_nth(nth[0])):
        found["by_n_weekday"] = "Must be one day (0 to 6) of one week (1 to 5) in a monthly rule."
    if (rule.by_month is not None or rule.by_month_day is not None) and not _is_date(rule):
        found["by_month"] = "Must be one month with one of its days in by_month_day, in a yearly rule."
    return found


def next_ms(rule: RecurrenceRule, after_ms: int, zone: tzinfo = UTC) -> int | None:
    """The first time after `after_ms` by a rule without faults, in Unix milliseconds; None for one beyond the calendar.

    As dateutil's `rrule.after`: times of day are those of the rule's start, weeks begin on Monday, and a month without the
    day is left out. Days and times of day are those of the zone's clock; one that the clock leaves out or shows twice is, as
    in RFC 5545, section 3.3.5, by the offset before it changes.
    """
    start_ms = parse_timestamp(rule.start)
    after_ms = max(after_ms, start_ms - 1)
    try:
        start = (_UNIX_EPOCH + timedelta(milliseconds=start_ms)).astimezone(zone)
        after = (_UNIX_EPOCH + timedelta(milliseconds=after_ms)).astimezone(zone)
        time_of_day = start.time().replace(fold=0, tzinfo=zone)
        first = max(0, _periods_between(rule, start.date(), after.date()) // rule.interval)
        for period in range(first, first + _PERIODS):
            for day in _days_of(rule, start.date(), period * rule.interval):
                moment = start if day == start.date() else datetime.combine(day, time_of_day)
                moment_ms = (moment - _UNIX_EPOCH) // timedelta(milliseconds=1)
                if moment_ms > after_ms:
                    return moment_ms
    except (OverflowError, ValueError):
        return None  # before the year 1 or after 9999
    return None


def _periods_between(rule: RecurrenceRule, start: date, day: date) -> int:
    """How many days, weeks, months or years after the start's a day is."""
    match rule.frequency:
        case Frequency.DAILY:
            return (day - start).days
        case Frequency.WEEKLY:
            return (_monday(day) - _monday(start)).days // 7
        case Frequency.MONTHLY:
            return (day.year - start.year) * 12 + day.month - start.month
        case _:
            return day.year - start.year


def _days_of(rule: RecurrenceRule, start: date, distance: int) -> Iterator[date]:
    """The days of one period, by how many periods after the start's it is, in order."""
    match rule.frequency:
        case Frequency.DAILY:
            day = start + timedelta(days=distance)
            if rule.by_weekday is None or day.weekday() in rule.by_weekday:
                yield day
        case Frequency.WEEKLY:
            for weekday in sorted(rule.by_weekday or [start.weekday()]):
                yield _monday(start) + timedelta(weeks=distance, days=weekday)
        case Frequency.MONTHLY:
            year, month = divmod(start.year * 12 + start.month - 1 + distance, 12)
            wanted = [start.day] if rule.by_n_weekday is None else [_nth(year, month + 1, d) for d in rule.by_n_weekday]
            yield from (date(year, month + 1, day) for day in wanted if day <= monthrange(year, month + 1)[1])
        case _:
            year = start.year + distance
            for month in rule.by_month or [start.month]:
                for day_number in rule.by_month_day or [start.day]:
                    if day_number <= monthrange(year, month)[1]:
                        yield date(year, month, day_number)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _nth(year: int, month: int, wanted: NWeekday) -> int:
    """The day of the month, which a month with only four of them does not have."""
    first = monthrange(year, month)[0]
    return 1 + (wanted.day - first) % 7 + 7 * (wanted.n - 1)


def _is_weekday_set(rule: RecurrenceRule, days: frozenset[int]) -> bool:
    if rule.by_weekday is None or len(days) != len(rule.by_weekday):
        return False
    if rule.frequency == Frequency.WEEKLY:
        return len(days) == 1 and days <= frozenset(range(7))
    return rule.frequency == Frequency.DAILY and days in DAILY_SETS


def _is_nth(wanted: NWeekday) -> bool:
    return 1 <= wanted.n <= 5 and 0 <= wanted.day <= 6


def _is_date(rule: RecurrenceRule) -> bool:
    match rule.by_month, rule.by_month_day:
        case [month], [day] if rule.frequency == Frequency.YEARLY and 1 <= month <= 12:
            return 1 <= day <= monthrange(_LEAP_YEAR, month)[1]
    return False
