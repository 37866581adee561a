"""A schedule is due by the clock of the computer, on its days, and once for all that was missed."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.bindings.schedule import is_late, next_due
from tuichat.config.binding import Binding


@pytest.fixture(autouse=True)
def _berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


def at(clock: str, days: str = "mon-sun") -> Binding:
    return Binding(event="schedule", at=clock, days=days)


def test_a_time_of_day_is_due_today_or_tomorrow() -> None:
    assert next_due(at("09:00"), local("2026-03-02T08:59:59")) == local("2026-03-02T09:00")
    assert next_due(at("09:00"), local("2026-03-02T09:00:00")) == local("2026-03-03T09:00")


def test_days_are_kept() -> None:
    assert next_due(at("09:00", "mon-fri"), local("2026-03-06T10:00")) == local("2026-03-09T09:00")  # over a weekend
    assert next_due(at("09:00", "fri"), local("2026-03-06T10:00")) == local("2026-03-13T09:00")
    every = Binding(event="schedule", every="1h", days="mon-fri")
    assert next_due(every, local("2026-03-06T23:30")) == local("2026-03-09T00:00")


def test_the_hour_that_summer_takes_is_made_up_for() -> None:
    due = next_due(at("02:30"), local("2026-03-29T01:00"))
    assert (due.hour, due.minute) == (3, 30)
    assert next_due(at("09:00"), due) == local("2026-03-29T09:00")


def test_the_hour_that_winter_repeats_is_due_once() -> None:
    first = next_due(at("02:30"), local("2026-10-25T01:00"))
    assert next_due(at("02:30"), first) == local("2026-10-26T02:30")


def test_what_was_missed_is_late() -> None:
    due = local("2026-03-02T09:00")
    assert not is_late(due, due + timedelta(seconds=30))
    assert is_late(due, due + timedelta(hours=8))


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.integers(0, 23), st.integers(0, 59))
def test_what_is_due_comes_later_and_within_two_days(moment: datetime, hour: int, minute: int) -> None:
    after = moment.astimezone()
    due = next_due(at(f"{hour:02}:{minute:02}"), after)
    assert timedelta(0) < due - after < timedelta(days=2)
