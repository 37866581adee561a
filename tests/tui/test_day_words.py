"""Days are understood as people type them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.config.language import use_language
from tuichat.protocol.snowflake import Snowflake
from tuichat.translation import Catalogue, use_catalogue
from tuichat.tui.day_words import parse_day, parse_moment, snowflake_at

TODAY = date(2026, 11, 19)  # a Thursday
NOW = datetime(2026, 11, 19, 9, 58, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", TODAY),
        ("Yesterday", date(2026, 11, 18)),
        ("monday", date(2026, 11, 16)),
        ("last mon", date(2026, 11, 16)),
        ("thursday", date(2026, 11, 12)),
        ("3 days ago", date(2026, 11, 16)),
        ("a week ago", date(2026, 11, 12)),
        ("2 weeks", date(2026, 11, 5)),
        ("2026-11-02", date(2026, 11, 2)),
        ("2025-03", date(2025, 3, 1)),
        ("2 nov", date(2026, 11, 2)),
        ("december 24", date(2025, 12, 24)),
        ("1st March 2024", date(2024, 3, 1)),
        ("mar 1, 2024", date(2024, 3, 1)),
    ],
)
def test_day_is_understood(text: str, day: date) -> None:
    assert parse_day(text, TODAY) == day


@pytest.mark.parametrize("text", ["", "mo", "2026-13-01", "31 feb 2026", "someday", "99999 days ago", "0000-01-01"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert parse_day(text, TODAY) is None


def test_time_may_follow_the_day() -> None:
    assert parse_moment("yesterday 14:30", NOW) == datetime(2026, 11, 18, 14, 30, tzinfo=UTC)
    assert parse_moment("2026-11-02 at 2:05 pm", NOW) == datetime(2026, 11, 2, 14, 5, tzinfo=UTC)
    assert parse_moment("8:00", NOW) == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert parse_moment("25:00", NOW) is None


@given(st.text(max_size=60))
def test_any_text_is_understood_or_not(text: str) -> None:
    parse_moment(text, NOW)


def test_snowflake_of_a_moment_is_the_first_of_that_millisecond() -> None:
    assert Snowflake(snowflake_at(NOW)).timestamp_ms == NOW.timestamp() * 1000
    assert snowflake_at(datetime(1990, 1, 1, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("aujourd’hui", TODAY),
        ("hier", date(2026, 11, 18)),
        ("lundi", date(2026, 11, 16)),
        ("il y a 3 jours", date(2026, 11, 16)),
        ("il y a 1 semaine", date(2026, 11, 12)),
        ("24 décembre", date(2025, 12, 24)),
        ("1er août 2024", date(2024, 8, 1)),
        ("2 nov.", date(2026, 11, 2)),
        ("yesterday", date(2026, 11, 18)),
        ("3 days ago", date(2026, 11, 16)),
    ],
)
def test_a_day_in_the_users_language_is_understood_too(text: str, day: date, tmp_path: Path) -> None:
    use_language("fr", {}, tmp_path)
    try:
        assert parse_day(text, TODAY) == day
    finally:
        use_catalogue(Catalogue())
