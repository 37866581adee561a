"""Changes are drawn at once when they are few, and ten times a second when they are many."""

from tuichat.client.change import ConnectionChanged, MessageAdded
from tuichat.tui.updates import DRAW_INTERVAL_MS, Gatherer

ADDED = MessageAdded(1, "k")


def test_the_first_change_is_drawn_at_once() -> None:
    assert Gatherer().add("a", [ADDED], 5) == 0


def test_changes_that_follow_wait_for_the_next_drawing() -> None:
    gatherer = Gatherer()
    assert gatherer.add("a", [ADDED], 0) == 0
    assert gatherer.add("a", [ADDED], 1) is None
    assert len(gatherer.take(2)) == 2
    assert gatherer.add("b", [ConnectionChanged()], 30) == DRAW_INTERVAL_MS - 28
    assert gatherer.take(102) == [("b", ConnectionChanged())]


def test_after_a_pause_a_change_is_drawn_at_once_again() -> None:
    gatherer = Gatherer()
    gatherer.add("a", [ADDED], 0)
    gatherer.take(0)
    assert gatherer.add("a", [ADDED], DRAW_INTERVAL_MS + 1) == 0


def test_a_stream_is_drawn_at_most_ten_times_a_second() -> None:
    gatherer = Gatherer()
    draws, due_ms = 0, None
    for now_ms in range(10_000):
        if due_ms is not None and now_ms >= due_ms:
            gatherer.take(now_ms)
            draws, due_ms = draws + 1, None
        delay_ms = gatherer.add("a", [ADDED], now_ms)
        if delay_ms is not None:
            due_ms = now_ms + delay_ms
    assert 95 <= draws <= 101
