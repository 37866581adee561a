"""Keys that are let go, as the kitty protocol tells of them when it was asked to.

https://sw.kovidgoyal.net/kitty/keyboard-protocol/#event-types: the modifiers are followed by a colon and 1 for a key that goes
down, 2 for one that is held, 3 for one that is let go. Textual asks for no event types, and fails on them.
"""

import re

from textual.message import Message

ASK = "\x1b[=2;2u"  # adds the flag to those that Textual has pushed; they are popped together
RELEASED = "3"
_TYPED = re.compile(r"\x1b\[([\d:]*);(\d+):([123])((?:;[\d:]*)?)([u~ABCDEFHPQRS])")


class KeyReleased(Message):
    """A key was let go, named as Textual names it when it goes down."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__()


def base_key(key: str) -> str:
    """Return a key's name without modifiers, which may be let go before it."""
    return key.rpartition("+")[2] or key


def without_type(sequence: str) -> tuple[str, bool]:
    """Return a sequence as it is without event types, and whether its key was let go."""
    match = _TYPED.fullmatch(sequence)
    if match is None:
        return sequence, False
    codes, modifiers, kind, text, end = match.groups()
    return f"\x1b[{codes or '1'};{modifiers}{text}{end}", kind == RELEASED
