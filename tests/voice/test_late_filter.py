"""What a stall has held up is dropped; a way that has become longer, and clocks that wrap, are lived with."""

import pytest

from tuichat.voice.late_filter import LATE_MS, MOVED, LateFilter


def arrivals(
    filter_: LateFilter, transits_ms: list[float], *, began_ms: float = 1000.0, offset_ms: int = 0
) -> list[bool]:
    """Send a datagram each 20 ms that takes so long, and return which of them are late."""
    sent = [began_ms + 20 * number for number in range(len(transits_ms))]
    return [
        filter_.is_late(int(at + offset_ms) & 0xFFFF, at + transit)
        for at, transit in zip(sent, transits_ms, strict=True)
    ]


def test_jitter_is_not_late() -> None:
    assert not any(arrivals(LateFilter(), [40.0, 90.0, 40.0, 200.0, 40.0 + LATE_MS]))


def test_what_a_stall_held_up_is_late_and_what_follows_is_not() -> None:
    filter_ = LateFilter()
    arrivals(filter_, [40.0] * 100)
    held_up = arrivals(filter_, [5040.0 - 20 * number for number in range(251)], began_ms=3000.0)
    assert held_up.count(True) == sum(5000 - 20 * number > LATE_MS for number in range(251))
    assert not any(arrivals(filter_, [40.0] * 50, began_ms=8100.0))


def test_a_longer_way_is_the_measure_within_a_second() -> None:
    filter_ = LateFilter()
    arrivals(filter_, [10.0] * 100)
    late = arrivals(filter_, [600.0 + number % 3 for number in range(100)], began_ms=3000.0)
    assert late == [True] * (MOVED - 1) + [False] * (100 - MOVED + 1)


def test_a_sender_that_slept_is_heard_again_within_a_second() -> None:
    filter_ = LateFilter()
    arrivals(filter_, [10.0] * 200)
    late = arrivals(filter_, [10.0] * 100, began_ms=25_000.0, offset_ms=-20_000)
    assert late.count(True) == MOVED - 1


@pytest.mark.parametrize("apart_ms", [0.1, 5.0, 15.0])
def test_what_a_narrow_line_lets_go_one_by_one_is_no_longer_way(apart_ms: float) -> None:
    filter_ = LateFilter()
    arrivals(filter_, [40.0] * 100)
    at_ms, verdicts = 8000.0, []
    for number in range(250):  # sent 20 ms apart from 3 s on
        at_ms = max(at_ms + apart_ms, 3000.0 + 20 * number + 40)
        verdicts.append((filter_.is_late(3000 + 20 * number, at_ms), at_ms - 3000 - 20 * number > 40 + LATE_MS))
    assert [late for late, _ in verdicts] == [is_so for _, is_so in verdicts]


def test_clocks_need_not_agree_and_may_wrap() -> None:
    for offset_ms in (0, 30_000, 65_500):
        late = arrivals(LateFilter(), [40.0] * 4000 + [400.0, 40.0], offset_ms=offset_ms)
        assert late.index(True) == 4000
        assert late.count(True) == 1
