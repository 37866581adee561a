"""Back-off with full jitter."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.backoff import Backoff


def test_the_first_retry_is_quick() -> None:
    assert Backoff().delay_ms(0, 0.999) < 250


def test_the_bound_doubles_up_to_the_cap() -> None:
    backoff = Backoff()
    bounds = [round(backoff.delay_ms(attempt, 0.999999) / 1000) for attempt in range(1, 9)]
    assert bounds == [1, 2, 4, 8, 16, 32, 60, 60]


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_delay_lies_between_nothing_and_the_cap(attempt: int, draw: float) -> None:
    assert 0 <= Backoff().delay_ms(attempt, draw) < 60_000
