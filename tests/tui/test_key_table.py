"""Tests of `tuichat.tui.key_table`."""

from tuichat.tui.key_table import KeyTable, shown
from tuichat.tui.keys import BY_ID, FOOTER_COMPOSER, NO_KEY


def test_own_keys_take_the_place_of_the_default_ones() -> None:
    table = KeyTable(own={"messages.reply": "z, ctrl+r"})
    assert table.keys_of("messages.reply") == ("z", "ctrl+r")
    assert table.keymap()["messages.reply"] == "z,ctrl+r"
    assert not table.problems


def test_own_keys_lie_over_the_set() -> None:
    table = KeyTable("vim", own={"list.cursor_up": "w"})
    assert table.keys_of("list.cursor_up") == ("w",)
    assert "j" in table.keys_of("list.cursor_down")


def test_an_action_can_be_left_without_a_key() -> None:
    table = KeyTable(own={"app.quit": ""})
    assert table.keymap()["app.quit"] == NO_KEY
    assert table.told("app.quit") == ""


def test_an_action_that_does_not_exist_is_named_with_the_one_meant() -> None:
    (problem,) = KeyTable(own={"messages.repl": "x"}).problems
    assert problem == "keys.bind: there is no action messages.repl. Is messages.reply meant?"


def test_a_key_with_two_meanings_in_one_place_is_named() -> None:
    (problem,) = KeyTable(own={"messages.reply": "c"}).problems
    assert problem == 'c is both "Reply" (messages.reply) and "Copy the text" (messages.copy).'


def test_a_key_that_works_everywhere_conflicts_with_one_in_a_pane() -> None:
    (problem,) = KeyTable(own={"messages.reply": "f6"}).problems
    assert "chat.next_pane" in problem


def test_the_same_key_in_two_panes_is_no_conflict() -> None:
    assert not KeyTable(own={"list.page_up": "r"}).problems


def test_others_that_use_a_key_are_told_before_it_is_taken() -> None:
    users = KeyTable().users_of("c", BY_ID["messages.reply"])
    assert [action.id for action in users] == ["messages.copy"]


def test_keys_are_written_as_people_write_them() -> None:
    assert shown("alt+up") == "alt+↑"
    assert shown("G") == "shift+g"
    assert shown("escape") == "esc"


def test_the_footer_follows_the_keys() -> None:
    hints = KeyTable(own={"chat.switch_channel": "ctrl+t", "chat.help": ""}).footer(FOOTER_COMPOSER)
    assert [hint.key for hint in hints[:3]] == ["enter", "ctrl+t", "ctrl+p"]
    assert "chat.help" not in [hint.action for hint in hints]


def test_composer_keys_are_the_composers_own() -> None:
    actions = KeyTable(own={"composer.clear": "ctrl+l"}).composer_actions()
    assert actions["ctrl+l"] == "clear"
    assert "ctrl+u" not in actions
