"""Moments are read as people type them, and what is not understood is told with what was."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.text.moment_input import MomentError, moment_said, read_end, read_moment, read_span

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 27, 15, 30, tzinfo=PARIS)  # a Friday


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("tomorrow 20:00", "2026-11-28 20:00"),
        ("Tomorrow at 8pm", "2026-11-28 20:00"),
        ("today 20:15", "2026-11-27 20:15"),
        ("20:00", "2026-11-27 20:00"),
        ("8:00", "2026-11-28 08:00"),
        ("9 am", "2026-11-28 09:00"),
        ("12am", "2026-11-28 00:00"),
        ("noon", "2026-11-28 12:00"),
        ("friday 20:00", "2026-12-04 20:00"),
        ("next friday 20:00", "2026-12-04 20:00"),
        ("sat 20h30", "2026-11-28 20:30"),
        ("20h sunday", "2026-11-29 20:00"),
        ("2026-12-01 20:00", "2026-12-01 20:00"),
        ("2026-12-01T20:00:00", "2026-12-01 20:00"),
        ("2026-12-1, 8:05 pm", "2026-12-01 20:05"),
        ("1 december 20:00", "2026-12-01 20:00"),
        ("december 1st 2027 20:00", "2027-12-01 20:00"),
        ("tuesday 1 dec 20:00", "2026-12-01 20:00"),
        ("1 jan at noon", "2027-01-01 12:00"),
        ("1.12.2026 20:00", "2026-12-01 20:00"),
        ("13/12/2026 20:00", "2026-12-13 20:00"),
        ("12/13/2026 20:00", "2026-12-13 20:00"),
        ("in 2 hours", "2026-11-27 17:30"),
        ("in 90 min", "2026-11-27 17:00"),
        ("in 3 days 20:00", "2026-11-30 20:00"),
        ("in 1h30", "2026-11-27 17:00"),
    ],
)
def test_moments_are_read(typed: str, meant: str) -> None:
    assert f"{read_moment(typed, NOW):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "tomorrow 20:00"),
        ("tomorrow", "without a time of day"),
        ("tomorrow evening", "Saturday, 28 November 2026 is understood, and “evening” is not"),
        ("2026-02-30 20:00", "“2026-02-30 20:00” is no day"),
        ("1/12/2026 20:00", "may be two days"),
        ("25:00", "“25:00” is no day"),
        ("20:00 21:00", "20:00 is understood, and “21:00” is not"),
        ("x" * 500, "…"),
        ("\x1b[31m", "no day"),
    ],
)
def test_what_is_not_understood_is_told(typed: str, words: str) -> None:
    with pytest.raises(MomentError) as caught:
        read_moment(typed, NOW)
    assert words in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("typed", "minutes"), [("2h", 120), ("1h30", 90), ("90 min", 90), ("1 hour 15 minutes", 75), ("1 week", 10080)]
)
def test_spans_are_read(typed: str, minutes: int) -> None:
    assert read_span(typed) == timedelta(minutes=minutes)


@pytest.mark.parametrize("typed", ["", "20:00", "soon", "2 fortnights", "9999 weeks", "0h"])
def test_what_is_no_span_is_none(typed: str) -> None:
    assert read_span(typed) is None


def test_an_end_is_a_span_a_time_or_a_moment() -> None:
    start = datetime(2026, 12, 1, 20, tzinfo=PARIS)
    assert read_end("2h", start) == start + timedelta(hours=2)
    assert read_end("22:00", start) == start.replace(hour=22)
    assert read_end("1:00", start) == datetime(2026, 12, 2, 1, tzinfo=PARIS)
    assert read_end("2026-12-03 10:00", start) == datetime(2026, 12, 3, 10, tzinfo=PARIS)
    with pytest.raises(MomentError, match="before it begins"):
        read_end("2026-11-30 10:00", start)


def test_the_clock_is_that_of_the_zone_also_over_a_change() -> None:
    before = datetime(2027, 3, 27, 20, tzinfo=PARIS)
    assert read_moment("tomorrow 20:00", before).isoformat() == "2027-03-28T20:00:00+02:00"
    assert read_moment("in 24 hours", before).isoformat() == "2027-03-28T21:00:00+02:00"


def test_a_moment_is_said_in_full() -> None:
    assert moment_said(NOW + timedelta(days=4), NOW.date()) == "Tuesday, 1 December 2026 15:30"


@given(st.text(max_size=60) | st.text(alphabet="0123456789:-/. hapmtomrw", max_size=30))
def test_whatever_is_typed_is_a_moment_or_a_sentence(typed: str) -> None:
    for read in (read_moment, read_end):
        try:
            found = read(typed, NOW)
        except MomentError:
            continue
        assert found.tzinfo is not None
