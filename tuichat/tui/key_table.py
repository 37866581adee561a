"""The keys in force: the table of actions with a key set and the user's own keys laid over it."""

import difflib
from collections.abc import Mapping, Sequence
from itertools import combinations

import msgspec

from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.key_sets import SETS
from tuichat.tui.keys import ACTIONS, BY_ID, NO_KEY, Action, Group, Scope

_MAIN_SCOPES = frozenset({Scope.APP, Scope.CHAT, Scope.COMPOSER, Scope.MESSAGES, Scope.LIST, Scope.VOICE, Scope.ROOM})
_SHOWN = {
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
    "pageup": N_("page up"),
    "pagedown": N_("page down"),
    "escape": N_("esc"),
    "enter": N_("enter"),
    "space": N_("space"),
    "@": N_("space"),  # with ctrl, as terminals without the kitty protocol send it
    "home": N_("home"),
    "end": N_("end"),
    "delete": N_("delete"),
    "backspace": N_("backspace"),
    "tab": N_("tab"),
    "dollar_sign": "$",
    "question_mark": "?",
    "slash": "/",
    "full_stop": ".",
    "exclamation_mark": "!",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "f18": "shift+f6",  # how some terminals send it
}


class Hint(msgspec.Struct, frozen=True):
    """A key as the footer tells it; a click on it runs the action with this id."""

    key: str
    label: str
    action: str


class Conflict(msgspec.Struct, frozen=True):
    """Two actions on one key where both could be meant; `first` gets it."""

    key: str
    first: Action
    second: Action

    def sentence(self) -> str:
        return _('{key} is both "{first}" ({first_id}) and "{second}" ({second_id}).').format(
            key=shown(self.key),
            first=_(self.first.label),
            first_id=self.first.id,
            second=_(self.second.label),
            second_id=self.second.id,
        )


def shown(key: str) -> str:
    """Return a key as people write it: `alt+↑` for `alt+up`."""
    *modifiers, last = key.split("+")
    if last.isupper() and len(last) == 1:
        return "+".join([*modifiers, "shift", last.lower()])
    return "+".join([*modifiers, _(_SHOWN.get(last, last))])


class KeyTable:
    """Keys by action."""

    def __init__(self, key_set: str = "default", leader: str = "ctrl+g", own: Mapping[str, str] | None = None) -> None:
        self.leader = leader.strip()
        self._unknown: list[str] = []
        self._keys: dict[str, tuple[str, ...]] = {action.id: action.keys for action in ACTIONS}
        self._keys["chat.leader"] = (self.leader,) if self.leader else ()
        self._keys |= SETS[key_set]
        for action_id, text in (own or {}).items():
            if action_id not in BY_ID:
                self._unknown.append(_unknown(action_id))
            else:
                self._keys[action_id] = tuple(key for part in text.split(",") if (key := part.strip()))

    @property
    def problems(self) -> list[str]:
        """Return a sentence for each key that cannot be used as it was asked for."""
        return self._unknown + [conflict.sentence() for conflict in self.conflicts()]

    def keys_of(self, action_id: str) -> tuple[str, ...]:
        return self._keys[action_id]

    def keymap(self) -> dict[str, str]:
        """Return the keys by id as Textual takes them."""
        return {action_id: ",".join(found) or NO_KEY for action_id, found in self._keys.items()}

    def composer_actions(self) -> dict[str, str]:
        """Return what keys do to the text, by key: names of the composer's actions."""
        return {
            key: action.name for action in ACTIONS if action.scope is Scope.COMPOSER for key in self._keys[action.id]
        }

    def conflicts(self) -> list[Conflict]:
        """Return the keys that mean two things in one place."""
        by_key: dict[str, list[Action]] = {}
        for action in ACTIONS:
            for key in self._keys[action.id]:
                by_key.setdefault(key, []).append(action)
        return [
            Conflict(key, first, second)
            for key, users in by_key.items()
            for first, second in combinations(users, 2)
            if _meet(first, second)
        ]

    def users_of(self, key: str, action: Action) -> list[Action]:
        """Return the other actions that a key would conflict with, were it the action's."""
        return [
            other for other in ACTIONS if other is not action and _meet(action, other) and key in self._keys[other.id]
        ]

    def told(self, action_id: str) -> str:
        """Return an action's keys for people, empty where it has none."""
        return " ".join(dict.fromkeys(shown(key) for key in self._keys[action_id]))

    def help(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return subjects, each with keys and what they do."""
        subjects = []
        for group in Group:
            rows = [
                (self.told(action.id), _(action.label))
                for action in ACTIONS
                if action.group is group and self._keys[action.id]
            ]
            if group is Group.WRITING:
                rows += [(key, _(words)) for key, words in keys.TEXT_KEYS]
            subjects.append((_(group.value), rows))
        return subjects

    def footer(self, entries: Sequence[tuple[tuple[str, ...], str]]) -> list[Hint]:
        hints = []
        for ids, label in entries:
            first = [shown(self._keys[action_id][0]) for action_id in ids if self._keys[action_id]]
            if first:
                hints.append(Hint(_joined(first), _(label), ids[-1]))
        return hints


def _joined(parts: Sequence[str]) -> str:
    """Write keys with the same modifiers as one: `alt+↑↓`."""
    heads = {part.rpartition("+")[0] for part in parts}
    if len(parts) > 1 and len(heads) == 1:
        (head,) = heads
        lasts = "".join(part.rpartition("+")[2] for part in parts)
        return f"{head}+{lasts}" if head else lasts
    return " ".join(parts)


def _meet(one: Action, other: Action) -> bool:
    """Say whether two actions can be meant by one key at one time."""
    if one.scope is other.scope:
        return "composer.edit_last" not in (one.id, other.id)  # that one works in an empty composer alone
    if one.scope not in _MAIN_SCOPES or other.scope not in _MAIN_SCOPES:
        return False
    return one.is_priority or other.is_priority


def _unknown(action_id: str) -> str:
    near = difflib.get_close_matches(action_id, BY_ID, n=1, cutoff=0.6)
    sentence = _("keys.bind: there is no action {id}.").format(id=action_id[:60])
    return f"{sentence} " + _("Is {id} meant?").format(id=near[0]) if near else sentence
