"""The spread of transit times is what most of the last packets took longer than the fastest."""

import pytest

from tuichat.voice.transit import MOVED_PACKETS, WINDOW, TransitWindow


def window(*transits_ms: float) -> TransitWindow:
    made = TransitWindow()
    for transit_ms in transits_ms:
        made.add(transit_ms)
    return made


def test_spread_is_counted_from_the_fastest() -> None:
    assert window(*(float(number % 50) for number in range(200))).spread_ms == pytest.approx(49, abs=1)


def test_few_slow_packets_are_not_waited_for() -> None:
    assert window(*([5.0] * 390), *([90.0] * 3)).spread_ms == 0
    assert window(*([5.0] * 390), *([90.0] * 9)).spread_ms == 85


def test_old_packets_are_forgotten() -> None:
    made = window(*([-40.0] * 20))
    for _ in range(WINDOW):
        made.add(7.0)
    assert (made.least_ms, made.spread_ms, len(made)) == (7.0, 0.0, WINDOW)


def test_shift_keeps_the_spread() -> None:
    made = window(*(float(number % 30) for number in range(300)))
    spread_ms = made.spread_ms
    made.shift_to(1000)
    assert made.spread_ms == spread_ms
    assert made.least_ms == pytest.approx(985, abs=1)


def test_longer_way_is_followed_within_half_a_second() -> None:
    made = window(*([10.0] * 200))
    for number in range(MOVED_PACKETS):
        made.add(180.0 + number % 3)
        made.follow_move()
    assert (made.least_ms, made.spread_ms) == (180.0, 2.0)


def test_one_fast_packet_says_that_the_way_is_the_old_one() -> None:
    made = window(*([10.0] * 200))
    for number in range(3 * MOVED_PACKETS):
        made.add(10.0 if number % 20 == 0 else 180.0)
        made.follow_move()
    assert made.least_ms == 10.0
