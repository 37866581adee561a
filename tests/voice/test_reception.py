"""Losses are counted as RFC 3550 and RFC 3611 say."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.voice.reception import OUTAGE_PACKETS, SETTLED, WINDOW, Reception


def received(numbers: Iterable[int]) -> Reception:
    reception = Reception()
    for number in numbers:
        reception.arrive(number, number * 960, number * 20.0)
    return reception


def test_holes_are_losses() -> None:
    reception = received([*range(10), *range(13, 100)])
    assert (reception.expected, reception.received, reception.lost) == (100, 97, 3)
    assert reception.recent_loss() == (3, 0, 100 - SETTLED)
    assert reception.longest_loss() == 3


def test_packet_out_of_order_fills_its_hole() -> None:
    assert received([0, 1, 3, 2, 4]).lost == 0


def test_first_packet_may_be_overtaken() -> None:
    reception = received([5, 4, 6])
    assert (reception.expected, reception.lost) == (3, 0)


def test_double_is_counted_apart() -> None:
    reception = received([0, 1, 1, 2, 0])
    assert (reception.received, reception.repeated, reception.lost) == (3, 2, 0)


def test_newest_holes_may_still_be_filled() -> None:
    assert received([*range(100), 101]).recent_loss()[0] == 0


def test_old_losses_are_forgotten_but_counted() -> None:
    reception = received([0, *range(5, 5 + 2 * WINDOW)])
    assert reception.lost == 4
    assert reception.recent_loss()[0] == 0


def test_leap_is_another_stream() -> None:
    reception = received([0, 1, 2, 50_000, 50_001, 50_003])
    assert (reception.expected, reception.lost) == (7, 1)


def test_discarded_packet_is_no_loss() -> None:
    reception = received(range(100))
    reception.discard(50)
    assert (reception.lost, reception.late) == (0, 1)
    assert reception.recent_loss() == (0, 1, 100 - SETTLED)


def test_jitter_of_rfc_3550() -> None:
    reception = Reception()
    for number in range(500):
        reception.arrive(number, number * 960, number * 20.0 + (8 if number % 2 else 0))
    assert reception.jitter_ms == pytest.approx(8, abs=0.1)


def test_losses_far_apart_lie_in_gaps() -> None:
    bursts = received(number for number in range(400) if number % 40 != 20).bursts()
    assert bursts.burst_packets == 0
    assert bursts.gap_density == pytest.approx(1 / 40, rel=0.1)


def test_losses_close_together_are_a_burst() -> None:
    bursts = received(number for number in range(400) if number % 100 not in (20, 21, 22)).bursts()
    assert bursts.burst_packets == 3
    assert bursts.burst_density == 1
    assert bursts.gap_density == 0
    assert bursts.gap_packets == pytest.approx(76, abs=3)


def test_gap_of_sixteen_ends_a_burst() -> None:
    assert received(number for number in range(200) if number not in (50, 66)).bursts().burst_packets == 17
    assert received(number for number in range(200) if number not in (50, 67)).bursts().burst_packets == 0


def test_an_outage_is_lost_and_calls_for_no_mending() -> None:
    reception = received([*range(50), *range(50 + OUTAGE_PACKETS, 200)])
    assert reception.lost == OUTAGE_PACKETS
    assert reception.outages == OUTAGE_PACKETS
    assert reception.recent_loss()[0] == OUTAGE_PACKETS
    assert reception.mendable_loss() == (0, 0, 200 - OUTAGE_PACKETS - SETTLED)
    assert reception.bursts().burst_packets == 0


def test_what_is_lost_among_what_an_outage_held_up_belongs_to_it() -> None:
    reception = received(number for number in range(200) if not 50 <= number < 80 or number % 5)
    for number in range(50, 80):
        if number % 5:
            reception.discard(number)
    assert reception.lost == 6
    assert reception.mendable_loss()[:2] == (0, 0)


def test_what_comes_after_what_overtook_it_was_no_outage() -> None:
    reception = received([*range(50), *range(90, 100), *range(50, 90), *range(100, 200)])
    assert (reception.lost, reception.outages) == (0, 0)
    assert reception.recent_loss()[0] == 0
    reception = received([*range(50), 90, *range(50, 60), *range(91, 200)])
    assert (reception.lost, reception.outages) == (30, 30)


def test_a_shorter_loss_can_be_mended() -> None:
    reception = received([*range(50), *range(50 + OUTAGE_PACKETS - 1, 200)])
    assert reception.outages == 0
    assert reception.mendable_loss() == reception.recent_loss() == (OUTAGE_PACKETS - 1, 0, 200 - SETTLED)


@given(st.lists(st.integers(-100_000, 100_000), max_size=100))
def test_counts_stay_sane(numbers: list[int]) -> None:
    reception = received(numbers)
    assert 0 <= reception.lost <= reception.expected
    assert reception.received + reception.repeated == len(numbers)
    assert 0 <= reception.bursts().burst_density <= 1
    lost, late, expected = reception.recent_loss()
    assert lost + late <= expected <= WINDOW
    assert all(part <= whole for part, whole in zip(reception.mendable_loss(), (lost, late, expected), strict=True))
