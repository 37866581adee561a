"""Spans and moments in words."""

import time

import pytest

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.text.time_words import left_words, moment_words, span_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 second"), (59, "59 seconds"), (60, "1 minute"), (5399, "1 hour"), (7200, "2 hours"), (604_800, "7 days")],
)
def test_span_is_told_in_its_largest_unit(seconds: int, words: str) -> None:
    assert span_words(seconds) == words


def test_end_is_told_from_now_on() -> None:
    now_ms = 1_800_000_000_000
    assert left_words(None, now_ms) == "never ends"
    assert left_words(format_timestamp(now_ms + 89_000), now_ms) == "ends in 1 minute"
    assert left_words(format_timestamp(now_ms), now_ms) == "has ended"
    assert left_words("soon", now_ms) == "ends some day"


def test_moment_is_read_from_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    assert moment_words(Snowflake(175928847299117063)) == "30 Apr 2016 11:18"
