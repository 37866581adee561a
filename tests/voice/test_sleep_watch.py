"""A sleep is told from a busy moment by two clocks."""

from tuichat.voice.sleep_watch import SleepWatch, clocks


def test_a_sleep_is_noticed_once() -> None:
    watch = SleepWatch()
    assert watch.note(100.0, 500.0) == 0
    assert watch.note(100.1, 500.1) == 0
    assert watch.note(100.2, 560.2) > 59
    assert watch.note(100.3, 560.3) == 0


def test_a_process_that_was_stopped_has_not_slept() -> None:
    watch = SleepWatch()
    watch.note(100.0, 500.0)
    assert watch.note(160.0, 560.0) == 0


def test_this_system_has_two_clocks() -> None:
    watch = SleepWatch()
    assert watch.note(*clocks()) == 0
    assert watch.note(*clocks()) == 0
