"""People who talk with each other have colours that differ, and each keeps its own."""

from tuichat.tui.hues import PeopleHues, preferred_hue, spread_hues
from tuichat.tui.styles.themes import HUES


def test_up_to_as_many_people_as_colours_all_differ() -> None:
    for first in range(0, 10**18, 10**17):
        people = [first + number * 4_194_304 for number in range(HUES)]
        assert len(set(spread_hues(people).values())) == HUES


def test_who_comes_later_changes_nobodys_colour() -> None:
    before = spread_hues(range(100, 130))
    after = spread_hues(range(100, 180))
    assert before.items() <= after.items()


def test_a_crowd_is_not_spread_and_every_colour_is_used() -> None:
    assert len(spread_hues(range(10_000))) == 200
    assert {preferred_hue(number) for number in range(1000)} == set(range(HUES))


def test_colours_are_spread_again_when_the_people_change() -> None:
    hues = PeopleHues()
    assert hues.of(5, ()) == preferred_hue(5)
    first = 2**30
    people = [first + number * 4_194_304 for number in range(HUES)]
    assert {user_id: hues.of(user_id, people) for user_id in people} == spread_hues(people)
