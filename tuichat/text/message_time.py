"""When a message was written, in the reader's time, in words."""

from datetime import UTC, date, datetime
from functools import lru_cache

from tuichat.protocol.message import Message
from tuichat.protocol.snowflake import Snowflake

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


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
        return f"{moment.hour % 12 or 12}:{moment.minute:02} {'am' if moment.hour < 12 else 'pm'}"
    return f"{moment.hour:02}:{moment.minute:02}"


def day_name(day: date, today: date) -> str:
    """Return a day as a date line says it; the names are English, as the rest of the screen."""
    age = (today - day).days
    if age == 0:
        return "Today"
    if age == 1:
        return "Yesterday"
    name = f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]}"
    return name if day.year == today.year else f"{name} {day.year}"
