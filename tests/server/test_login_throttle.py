"""Throttling: a burst, then one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.server import login_throttle
from tuichat.server.login_throttle import Throttle

START = 1_000_000


def test_a_burst_passes_then_one_each_interval() -> None:
    throttle = Throttle(burst=3, refill_ms=1000)
    assert [throttle.take("a", START) for _ in range(5)] == [0, 0, 0, 1000, 1000]
    assert throttle.take("b", START) == 0
    assert throttle.take("a", START + 400) == 600
    assert throttle.take("a", START + 1000) == 0
    assert throttle.take("a", START + 1000) == 1000
    assert [throttle.take("a", START + 60_000) for _ in range(4)] == [0, 0, 0, 1000]


def test_a_try_that_ended_well_is_given_back() -> None:
    throttle = Throttle(burst=1, refill_ms=1000)
    for _ in range(10):
        assert throttle.take("a", START) == 0
        throttle.give_back("a")
    throttle.give_back("nobody")


def test_a_clock_that_went_back_locks_nobody_out_for_long() -> None:
    throttle = Throttle(burst=2, refill_ms=1000)
    assert [throttle.take("a", START + 10**9) for _ in range(3)] == [0, 0, 1000]
    assert throttle.take("a", START) == 1000


def test_memory_is_bounded(monkeypatch: object) -> None:
    throttle = Throttle(burst=1, refill_ms=1000)
    for number in range(login_throttle.MAX_KEYS + 50):
        throttle.take(str(number), START)
    assert len(throttle._full_at_ms) == login_throttle.MAX_KEYS


@pytest.mark.slow
@given(st.lists(st.integers(0, 3000), max_size=60))
def test_never_more_than_the_burst_and_the_refills(steps: list[int]) -> None:
    throttle = Throttle(burst=4, refill_ms=1000)
    now, passed = START, 0
    for step in steps:
        now += step
        passed += throttle.take("a", now) == 0
    assert passed <= 4 + (now - START) // 1000
