"""Days on which users were here."""

from tuichat.server.last_days import LastDays


def test_a_day_is_taken_once_and_never_goes_back() -> None:
    days = LastDays([(1, 10)])
    days.note(1, 9)
    days.note(1, 10)
    assert days.take(10) == []
    days.note(1, 11)
    days.note(2, 11)
    assert days.take(1) == [(1, 11)]
    assert days.take(10) == [(2, 11)]
    assert (days.get(1), days.get(2), days.get(3)) == (11, 11, None)


def test_what_is_given_back_is_taken_again() -> None:
    days = LastDays()
    days.note(1, 5)
    days.note(2, 5)
    taken = days.take(10)
    days.note(2, 6)
    days.give_back(taken)
    assert sorted(days.take(10)) == [(1, 5), (2, 6)]


def test_the_connected_are_noted_once_a_day() -> None:
    days = LastDays()
    days.note_all([1], 5)
    days.note_all([1, 2], 5)
    assert days.take(10) == [(1, 5)]
    days.note_all([1, 2], 6)
    assert days.take(10) == [(1, 6), (2, 6)]
