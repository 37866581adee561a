"""Every key there is stands in the help, and no two mean different things in one place."""

from textual.binding import Binding, BindingType

from tuichat.tui import keys

WORDS = {
    "pageup": "page up",
    "pagedown": "page down",
    "alt+down": "alt+↓",
    "alt+up": "alt+↑",
    "up": "↑",
    "down": "↓",
    "escape": "esc",
    "f18": "shift+f6",  # how some terminals send it
}
TABLES: dict[str, list[BindingType]] = {
    "CHAT": keys.CHAT,
    "APP": keys.APP,
    "COMPOSER": keys.COMPOSER,
    "MESSAGES": keys.MESSAGES,
    "LIST": keys.LIST,
}


def names(table: list[BindingType]) -> list[str]:
    return [name for binding in table if isinstance(binding, Binding) for name in binding.key.split(",")]


def test_the_help_tells_every_key() -> None:
    told = " ".join(f"{key} {words}" for _, pairs in keys.HELP for key, words in pairs)
    used = {name for table in TABLES.values() for name in names(table)} | set(keys.COMPOSER_TEXT)
    missing = sorted(name for name in used if WORDS.get(name, name) not in told)
    assert not missing


def test_no_key_means_two_things_in_one_place() -> None:
    for name, table in TABLES.items():
        found = names(table)
        assert len(found) == len(set(found)), name


def test_the_footers_fit_their_most_needed_keys_into_eighty_columns() -> None:
    for hints in (keys.HINTS_COMPOSER, keys.HINTS_MESSAGES, keys.HINTS_LIST):
        width = 1 + sum(len(hint.key) + len(hint.label) + 4 for hint in hints[:5])
        assert width <= 80
