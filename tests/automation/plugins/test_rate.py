"""A rate allows a burst, and then what fills in with time."""

from tuichat.automation.plugins.rate import Rate


def test_a_burst_is_allowed_and_then_what_the_time_gives() -> None:
    rate = Rate(burst=3, per_s=2)
    assert [rate.take(10.0) for _ in range(4)] == [True, True, True, False]
    assert rate.take(10.4) is False
    assert rate.take(10.6) is True
    assert [rate.take(100.0) for _ in range(4)] == [True, True, True, False]


def test_who_waits_is_told_how_long() -> None:
    rate = Rate(burst=2, per_s=4)
    assert [rate.reserve(0.0) for _ in range(4)] == [0.0, 0.0, 0.25, 0.5]
    assert rate.reserve(1.0) == 0.0
