"""What many people are told is told in order, a slice of it in each turn of the loop."""

from collections.abc import Callable

import pytest

from tests.server.voice.people import Person, Town
from tuichat.server.voice import announcer as announcer_module
from tuichat.server.voice.announcer import TOLD_UNTIMED, Announcer

CROWD = TOLD_UNTIMED * 3


def test_a_crowd_hears_a_slice_each_turn_and_all_words_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcer_module, "TELL_SLICE_S", -1.0)  # each turn is over before it begins
    turns: list[Callable[[], None]] = []
    ends: list[str] = []
    town = Town()
    people = [town.join(user_id, is_bound=False) for user_id in range(1, CROWD + 1)]
    for person in people:
        person.told.clear()
    crowd = [person.participant for person in people]
    announcer = Announcer(turns.append)
    announcer.tell(crowd, lambda signals: signals.speaking(7, 70, 1), lambda: ends.append("on"))
    announcer.tell(crowd, lambda signals: signals.speaking(7, 70, 0), lambda: ends.append("off"))
    assert sum(bool(person.told) for person in people) == TOLD_UNTIMED
    assert ends == []
    while turns:
        assert len(turns) == 1
        turns.pop()()
    assert [person.told for person in people] == [[("speaking", 7, 1), ("speaking", 7, 0)]] * CROWD
    assert ends == ["on", "off"]


class Deaf(Person):
    def person_left(self, user_id: int) -> None:
        raise RuntimeError("this one fails")


def test_one_persons_fault_keeps_nothing_from_the_others() -> None:
    town = Town()
    first, second = town.join(1), town.join(2)
    first.participant.signals = Deaf(town, 1, "")
    Announcer().tell([first.participant, second.participant], lambda signals: signals.person_left(9))
    assert second.told[-1] == ("left", 9)
