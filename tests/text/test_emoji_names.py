"""Tests of `tuichat.text.emoji_names`."""

from rich.cells import cell_len

from tuichat.text.emoji_names import USUAL, by_name, matching, name_of
from tuichat.text.safe_text import safe_line


def test_every_emoji_is_one_sign_of_two_cells_that_may_be_shown() -> None:
    for name, emoji in by_name().items():
        assert len(emoji) == 1, name
        assert cell_len(emoji) == 2, name
        assert safe_line(emoji) == emoji, name


def test_short_names_lead_to_what_people_mean() -> None:
    assert matching("tada", 5)[0] == ("tada", "🎉")
    assert matching(":+1:", 5)[0][1] == "👍"
    assert matching("rocket", 5)[0][1] == "🚀"


def test_what_begins_so_comes_first_and_each_emoji_once() -> None:
    found = matching("heart", 50)
    assert found[0][0].startswith("heart")
    assert len({emoji for _, emoji in found}) == len(found)


def test_the_usual_ones_have_names() -> None:
    assert all(name_of(emoji) for emoji in USUAL)
