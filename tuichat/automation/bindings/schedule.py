"""When a schedule is due, by the clock of this computer and in its time zone."""

from datetime import date, datetime, timedelta

from tuichat.config.binding import Binding, span_s

LATE_S = 60.0  # due before that: the computer slept, or was very busy


def next_due(binding: Binding, after: datetime) -> datetime:
    """Return the first time after `after` (a local time with its zone) at which a schedule is due.

    `every` counts from `after`. A time of day that the clock jumps over, as summer begins, is due an hour later.
    """
    days = binding.weekdays
    if binding.every:
        due = after + timedelta(seconds=span_s(binding.every))
        if due.astimezone().weekday() not in days:
            due = _begin_of_next_day(due.astimezone(), days)
        return due.astimezone()
    hour, minute = (int(part) for part in binding.at.split(":"))
    for offset in range(9):
        day = after.astimezone().date() + timedelta(days=offset)
        due = _local(day, hour, minute)
        if day.weekday() in days and due > after:
            return due
    raise AssertionError("a week has every day")


def _begin_of_next_day(moment: datetime, days: frozenset[int]) -> datetime:
    for offset in range(1, 9):
        day = moment.date() + timedelta(days=offset)
        if day.weekday() in days:
            return _local(day)
    raise AssertionError("a week has every day")


def _local(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """By way of the timestamp: one that the clock jumps over is moved by what it jumps."""
    naive = datetime(day.year, day.month, day.day, hour, minute)
    return datetime.fromtimestamp(naive.timestamp()).astimezone()


def is_late(due: datetime, now: datetime) -> bool:
    return (now - due).total_seconds() > LATE_S
