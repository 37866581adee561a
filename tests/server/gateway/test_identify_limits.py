"""How often an account may identify, and what it is told about that."""

import pytest

from tuichat.server.gateway import identify_limits
from tuichat.server.gateway.identify_limits import (
    CONCURRENCY_WINDOW_MS,
    DAY_MS,
    LIFTED_MAX_CONCURRENCY,
    MAX_CONCURRENCY,
    TOTAL,
    IdentifyLimits,
)


def test_so_many_at_once_and_more_after_the_window() -> None:
    limits = IdentifyLimits()
    assert [limits.take(1, 0) for _ in range(MAX_CONCURRENCY + 1)] == [True] * MAX_CONCURRENCY + [False]
    assert limits.take(2, 0)
    assert not limits.take(1, CONCURRENCY_WINDOW_MS - 1)
    assert limits.take(1, CONCURRENCY_WINDOW_MS)


def test_so_many_a_day_as_gateway_bot_says() -> None:
    limits = IdentifyLimits()
    assert limits.limit_of(1, 0).remaining == TOTAL
    for index in range(TOTAL):
        assert limits.take(1, index * 1000)
        assert limits.limit_of(1, index * 1000).remaining == TOTAL - index - 1
    now_ms = TOTAL * 1000
    assert not limits.take(1, now_ms)
    told = limits.limit_of(1, now_ms)
    assert (told.remaining, told.reset_after) == (0, DAY_MS - now_ms)
    assert limits.take(1, DAY_MS)
    assert limits.limit_of(1, 2 * DAY_MS).remaining == TOTAL


def test_it_remembers_a_bounded_number_of_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify_limits, "MAX_ACCOUNTS", 3)
    limits = IdentifyLimits()
    for user_id in range(5):
        limits.take(user_id, 0)
    assert [limits.limit_of(user_id, 0).remaining == TOTAL for user_id in range(5)] == [True, True, False, False, False]


def test_lifted_limits_are_told_in_the_same_words_and_never_used_up() -> None:
    limits = IdentifyLimits(are_lifted=True)
    assert all(limits.take(1, 0) for _ in range(10 * TOTAL))
    told = limits.limit_of(1, 0)
    assert (told.remaining, told.max_concurrency) == (told.total - 10 * TOTAL, LIFTED_MAX_CONCURRENCY)
