"""Every action has a place, a method and a key; the sets of keys name actions that exist."""

import pytest
from textual.binding import Binding
from textual.widget import Widget

from tuichat.tui import keys
from tuichat.tui.app import TuichatApp
from tuichat.tui.key_sets import SETS
from tuichat.tui.key_table import KeyTable
from tuichat.tui.keys import ACTIONS, Action, Scope
from tuichat.tui.panes.composer import Composer
from tuichat.tui.panes.message_list import MessageList
from tuichat.tui.panes.room_pane import RoomPane
from tuichat.tui.panes.voice_pane import VoicePane
from tuichat.tui.screens.chat.screen import ChatScreen
from tuichat.tui.widgets.line_list import LineList

PLACES: dict[Scope, type] = {
    Scope.APP: TuichatApp,
    Scope.CHAT: ChatScreen,
    Scope.COMPOSER: Composer,
    Scope.MESSAGES: MessageList,
    Scope.LIST: LineList,
    Scope.VOICE: VoicePane,
    Scope.ROOM: RoomPane,
}


@pytest.mark.parametrize("action", [each for each in ACTIONS if each.scope in PLACES], ids=lambda each: each.id)
def test_every_action_has_a_method_at_its_place(action: Action) -> None:
    assert callable(getattr(PLACES[action.scope], f"action_{action.name}", None))


def test_every_action_can_be_reached_by_a_key() -> None:
    assert not [action.id for action in ACTIONS if not action.keys and not action.leader]


def test_no_id_and_no_sequence_is_given_twice() -> None:
    ids = [action.id for action in ACTIONS]
    assert len(ids) == len(set(ids))
    sequences = [action.leader for action in ACTIONS if action.leader]
    assert len(sequences) == len(set(sequences))


def test_no_sequence_is_the_beginning_of_another() -> None:
    sequences = [action.leader for action in ACTIONS if action.leader]
    assert not [(one, two) for one in sequences for two in sequences if two.startswith(one + " ")]


@pytest.mark.parametrize("name", SETS)
def test_a_set_names_actions_that_exist_and_has_no_conflicts(name: str) -> None:
    assert not set(SETS[name]) - set(keys.BY_ID)
    assert not KeyTable(name).problems


def test_the_help_tells_every_key() -> None:
    told = [row for _, rows in KeyTable().help() for row in rows]
    assert len(told) == sum(bool(action.keys) for action in ACTIONS) + len(keys.TEXT_KEYS)
    assert all(key and words for key, words in told)


def test_the_footers_fit_their_most_needed_keys_into_eighty_columns() -> None:
    for entries in (keys.FOOTER_COMPOSER, keys.FOOTER_MESSAGES, keys.FOOTER_LIST):
        hints = KeyTable().footer(entries)
        assert 1 + sum(len(hint.key) + len(hint.label) + 4 for hint in hints[:5]) <= 80


def test_every_place_binds_its_actions_by_id() -> None:
    for scope, place in PLACES.items():
        if issubclass(place, Widget) and scope is not Scope.COMPOSER:
            bound = {binding.id for binding in place.BINDINGS if isinstance(binding, Binding)}
            assert {action.id for action in ACTIONS if action.scope is scope} <= bound
