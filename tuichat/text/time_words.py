"""Spans and moments of settings in words: how long something lasts, how much of it is left, when something was."""

from datetime import datetime

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.text.date_words import date_words
from tuichat.translation import _, ngettext

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400


def span_words(seconds: int) -> str:
    """Return a span in its largest unit: "45 seconds", "2 hours"; rounded, at least one second."""
    seconds = max(1, seconds)
    if seconds < _MINUTE_S:
        return ngettext("{count} second", "{count} seconds", seconds).format(count=seconds)
    if seconds < _HOUR_S:
        count = (seconds + _MINUTE_S // 2) // _MINUTE_S
        return ngettext("{count} minute", "{count} minutes", count).format(count=count)
    if seconds < _DAY_S:
        count = (seconds + _HOUR_S // 2) // _HOUR_S
        return ngettext("{count} hour", "{count} hours", count).format(count=count)
    count = (seconds + _DAY_S // 2) // _DAY_S
    return ngettext("{count} day", "{count} days", count).format(count=count)


def left_words(timestamp: str | None, now_ms: int) -> str:
    """Say when something ends whose end is a timestamp of the wire, None for never; `now_ms` is Unix time."""
    if timestamp is None:
        return _("never ends")
    try:
        left_s = (parse_timestamp(timestamp) - now_ms) // 1000
    except ValueError:
        return _("ends some day")
    return _("ends in {span}").format(span=span_words(left_s)) if left_s > 0 else _("has ended")


def moment_words(snowflake: Snowflake) -> str:
    """Return when something was made, by its id, in this machine's time zone."""
    return date_words(datetime.fromtimestamp(snowflake.timestamp_ms / 1000).astimezone(), "%d %b %Y %H:%M")
