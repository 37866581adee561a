"""Hours without notices, over midnight too."""

from datetime import datetime
from pathlib import Path

import pytest

from tuichat.config.loader import ConfigError, parse
from tuichat.text.quiet_hours import is_quiet


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        ("", "12:00", False),
        ("09:00-17:00", "09:00", True),
        ("09:00-17:00", "16:59", True),
        ("09:00-17:00", "17:00", False),
        ("22:00-07:00", "23:30", True),
        ("22:00-07:00", "06:59", True),
        ("22:00-07:00", "07:00", False),
        ("22:00-07:00", "12:00", False),
        ("08:00-08:00", "08:00", False),
        ("nonsense", "08:00", False),
    ],
)
def test_quiet_hours(hours: str, moment: str, expected: bool) -> None:
    assert is_quiet(hours, datetime.fromisoformat(f"2026-11-26T{moment}:00+01:00")) is expected


@pytest.mark.parametrize("hours", ["25:00-07:00", "22-7", "22:00", "22:00-07:00\n"])
def test_hours_that_cannot_be_are_refused_with_an_example(hours: str) -> None:
    text = f'[notifications]\nquiet_hours = "{hours.encode("unicode_escape").decode()}"\n'
    with pytest.raises(ConfigError, match='it takes a text such as "22:00-07:00"'):
        parse(text, Path("config.toml"))


def test_hours_that_can_be_are_taken() -> None:
    for hours in ("", "22:00-07:00"):
        text = f'[notifications]\nquiet_hours = "{hours}"\n'
        assert parse(text, Path("config.toml")).notifications.quiet_hours == hours
