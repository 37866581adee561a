"""Days and times as people type them: 2026-11-20, 20 nov, yesterday, monday, 3 days ago, 14:30."""

import re
from datetime import date, datetime, time, timedelta

from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT
from tuichat.text.date_words import DAYS, MONTHS, SHORT_MONTHS
from tuichat.translation import _, ngettext

_UNIT_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
_AGO = re.compile(r"(a|an|\d{1,4}) (day|week|month|year)s?(?: ago)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")
_DAY_MONTH = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er)?\.? ([^\W\d_]{3,12})\.?(?: (\d{4}))?")
_MONTH_DAY = re.compile(r"([^\W\d_]{3,12}) (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?")
_CLOCK = re.compile(r"(?:^|\s)(?:at )?(\d{1,2}):(\d{2})\s*(am|pm)?$")
MAX_CHARACTERS = 40


def parse_moment(text: str, now: datetime) -> datetime | None:
    """Return the moment that a text means, in the time zone of `now`; a day alone is its first minute. None: nothing known."""
    words = " ".join(text.lower().split())[:MAX_CHARACTERS]
    at = time()
    if (match := _CLOCK.search(words)) is not None:
        hour, minute = int(match[1]), int(match[2])
        if match[3]:
            hour = hour % 12 + (12 if match[3] == "pm" else 0)
        if hour > 23 or minute > 59:
            return None
        at = time(hour, minute)
        words = words[: match.start()].strip() or "today"
    day = parse_day(words, now.date())
    if day is None:
        return None
    try:
        return datetime.combine(day, at).replace(tzinfo=now.tzinfo) if now.tzinfo else datetime.combine(day, at)
    except (OverflowError, ValueError):
        return None


def parse_day(text: str, today: date) -> date | None:
    """Return the day that a text means: a weekday is the last one of that name, a day without a year the last one."""
    words = " ".join(text.lower().split()).removeprefix("last ").removeprefix("on ")
    try:
        return _day(words, today)
    except (ValueError, OverflowError):
        return None


def _day(words: str, today: date) -> date | None:
    words = _in_english(words)
    if words in ("today", "now"):
        return today
    if words == "yesterday":
        return today - timedelta(days=1)
    if len(words) >= 3:
        for number, name in enumerate(DAYS):
            if name.lower().startswith(words) or _(name).lower().startswith(words):
                return today - timedelta(days=(today.weekday() - number) % 7 or 7)
    if words in _UNIT_DAYS:  # "last week"
        return today - timedelta(days=_UNIT_DAYS[words])
    if (match := _AGO.fullmatch(words)) is not None:
        count = 1 if match[1] in ("a", "an") else int(match[1])
        return today - timedelta(days=count * _UNIT_DAYS[match[2]])
    if (match := _ISO.fullmatch(words)) is not None:
        return date(int(match[1]), int(match[2]), int(match[3] or 1))
    if (match := _DAY_MONTH.fullmatch(words)) is not None:
        return _of_month(match[2], int(match[1]), match[3], today)
    if (match := _MONTH_DAY.fullmatch(words)) is not None:
        return _of_month(match[1], int(match[2]), match[3], today)
    return None


def _in_english(words: str) -> str:
    """Return the user's language's words for near days and for what is long ago as those that are known here."""
    near = {_("today"): "today", _("now"): "now", _("yesterday"): "yesterday"}
    if words in near:
        return near[words]
    for count in (1, 2):
        for unit, template in (
            ("day", ngettext("{count} day ago", "{count} days ago", count)),
            ("week", ngettext("{count} week ago", "{count} weeks ago", count)),
            ("month", ngettext("{count} month ago", "{count} months ago", count)),
            ("year", ngettext("{count} year ago", "{count} years ago", count)),
        ):
            pattern = re.escape(template).replace(r"\{count\}", r"(\d{1,4})")
            if (match := re.fullmatch(pattern, words)) is not None:
                return f"{match[1]} {unit} ago"
    return words


def _of_month(name: str, day: int, year: str | None, today: date) -> date | None:
    months = [
        number
        for number, full in enumerate(MONTHS, 1)
        if full.lower()[:3] == name[:3]
        or _(full).lower().startswith(name)
        or _(SHORT_MONTHS[number - 1]).lower() == f"{name}."
    ]
    if not months:
        return None
    month = months[0]
    if year is not None:
        return date(int(year), month, day)
    found = date(today.year, month, day)
    return found if found <= today else date(today.year - 1, month, day)


def snowflake_at(moment: datetime) -> int:
    """Return the smallest id that something made at a moment can have; 0 before there were any."""
    return max(0, int(moment.timestamp() * 1000) - EPOCH_MS) << TIMESTAMP_SHIFT
