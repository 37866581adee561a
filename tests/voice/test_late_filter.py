"""What a stall has held up is dropped; a way that has become longer, and clocks that wrap, are lived with."""

from tuichat.voice.late_filter import LATE_MS, WINDOW, LateFilter


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


def test_a_longer_way_is_the_measure_after_ten_seconds() -> None:
    filter_ = LateFilter()
    arrivals(filter_, [10.0] * 100)
    late = arrivals(filter_, [600.0] * (WINDOW + 10), began_ms=3000.0)
    assert all(late[: WINDOW - 1])
    assert not any(late[WINDOW:])


def test_clocks_need_not_agree_and_may_wrap() -> None:
    for offset_ms in (0, 30_000, 65_500):
        late = arrivals(LateFilter(), [40.0] * 4000 + [400.0, 40.0], offset_ms=offset_ms)
        assert late.index(True) == 4000
        assert late.count(True) == 1
