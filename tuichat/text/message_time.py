"""When a message was written, in the reader's time, in words."""

from datetime import UTC, date, datetime
from functools import lru_cache

import msgspec

from tuichat.protocol.message import Message
from tuichat.protocol.snowflake import Snowflake
from tuichat.text.date_words import DAYS, MONTHS
from tuichat.translation import _, ngettext


@lru_cache(maxsize=4096)
def _local_time(timestamp: str, message_id: Snowflake) -> datetime:
    try:
        moment = datetime.fromisoformat(timestamp)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone()
    except (ValueError, OverflowError, OSError):
        # A server that writes no readable time: every id holds one.
        return datetime.fromtimestamp(message_id.timestamp_ms / 1000, UTC).astimezone()


def written_at(message: Message) -> datetime:
    """Return when the message was written, in this machine's time zone."""
    return _local_time(message.timestamp, message.id)


def clock(moment: datetime, *, is_12h: bool) -> str:
    if is_12h:
        return f"{moment.hour % 12 or 12}:{moment.minute:02} {_('am') if moment.hour < 12 else _('pm')}"
    return f"{moment.hour:02}:{moment.minute:02}"


def day_name(day: date, today: date) -> str:
    """Return a day as a date line says it."""
    age = (today - day).days
    if age == 0:
        return _("Today")
    if age == 1:
        return _("Yesterday")
    template = _("{weekday}, {day} {month}") if day.year == today.year else _("{weekday}, {day} {month} {year}")
    return template.format(weekday=_(DAYS[day.weekday()]), day=day.day, month=_(MONTHS[day.month - 1]), year=day.year)


class Clock(msgspec.Struct, frozen=True):
    """How moments are told to the reader; without `now` none is told by how far away it is."""

    today: date
    is_12h: bool = False
    now: datetime | None = None


def when(moment: datetime, told: Clock) -> str:
    """Return a moment in the reader's time as its day, named if it is near, and the time of day."""
    return f"{day_name(moment.date(), told.today)} {clock(moment, is_12h=told.is_12h)}"


def moment_words(seconds: int, style: str, told: Clock) -> str | None:
    """Return a moment of so many seconds since 1970 in a style; None where this machine knows no such time."""
    try:
        return in_style(datetime.fromtimestamp(seconds, UTC).astimezone(), style, told)
    except (ValueError, OverflowError, OSError):
        return None


def in_style(moment: datetime, style: str, told: Clock) -> str:
    """Return a moment as Discord's documentation, "Timestamp Styles", has it."""
    time, day = clock(moment, is_12h=told.is_12h), f"{moment.day} {_(MONTHS[moment.month - 1])} {moment.year}"
    match style:
        case "t":
            return time
        case "T":
            seconds = f"{moment:%M:%S}"
            hour, _colon, half = time.partition(":")
            return f"{hour}:{seconds}{half[2:]}"
        case "d":
            return f"{moment:%Y-%m-%d}"
        case "D":
            return day
        case "F":
            return f"{_(DAYS[moment.weekday()])}, {day} {time}"
        case "R" if told.now is not None:
            return distance(moment, told.now)
        case _other:
            return f"{day} {time}"


def distance(moment: datetime, now: datetime) -> str:
    """Return how far a moment is from now, in the largest unit that fits, rounded down."""
    seconds = (moment - now).total_seconds()
    minutes = int(abs(seconds) // 60)
    hours, days = minutes // 60, minutes // 60 // 24
    if not minutes:
        return _("in less than a minute") if seconds > 0 else _("less than a minute ago")
    if seconds > 0:
        if days >= 365:
            return ngettext("in {count} year", "in {count} years", days // 365).format(count=days // 365)
        if days >= 30:
            return ngettext("in {count} month", "in {count} months", days // 30).format(count=days // 30)
        if days:
            return ngettext("in {count} day", "in {count} days", days).format(count=days)
        if hours:
            return ngettext("in {count} hour", "in {count} hours", hours).format(count=hours)
        return ngettext("in {count} minute", "in {count} minutes", minutes).format(count=minutes)
    if days >= 365:
        return ngettext("{count} year ago", "{count} years ago", days // 365).format(count=days // 365)
    if days >= 30:
        return ngettext("{count} month ago", "{count} months ago", days // 30).format(count=days // 30)
    if days:
        return ngettext("{count} day ago", "{count} days ago", days).format(count=days)
    if hours:
        return ngettext("{count} hour ago", "{count} hours ago", hours).format(count=hours)
    return ngettext("{count} minute ago", "{count} minutes ago", minutes).format(count=minutes)
