"""Hours of the day in which nothing calls, as "22:00-07:00"."""

import re
from datetime import datetime, time

from tuichat.config.schema import QUIET_HOURS_PATTERN


def is_quiet(hours: str, now: datetime) -> bool:
    """Whether a local time lies in the hours; they may go over midnight. Empty hours, and equal ends, are never."""
    if not hours or not re.match(QUIET_HOURS_PATTERN, hours):
        return False
    begin, end = (time.fromisoformat(each) for each in hours.split("-"))
    moment = now.time().replace(tzinfo=None)
    if begin <= end:
        return begin <= moment < end
    return moment >= begin or moment < end
