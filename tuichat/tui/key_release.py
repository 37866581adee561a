"""Keys that are let go, as the kitty protocol tells of them when it was asked to.

https://sw.kovidgoyal.net/kitty/keyboard-protocol/#event-types: the modifiers are followed by a colon and 1 for a key that goes
down, 2 for one that is held, 3 for one that is let go. Textual asks for no event types, and fails on them.
"""

import re
from enum import Enum

from textual.message import Message

ASK = "\x1b[=2;2u"  # adds the flag to those that Textual has pushed; they are popped together

_TYPED = re.compile(r"\x1b\[([\d:]*);(\d+):([123])((?:;[\d:]*)?)([u~ABCDEFHPQRS])")


class KeyEvent(Enum):
    """What a sequence says of its key; a terminal that was not asked says nothing."""

    UNTOLD = ""
    PRESSED = "1"
    HELD = "2"
    RELEASED = "3"


class KeyHeld(Message):
    """A key comes again while it is held, and its terminal says so: it tells of keys let go, too."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__()


class KeyReleased(Message):
    """A key was let go, named as Textual names it when it goes down."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__()


def base_key(key: str) -> str:
    """Return a key's name without modifiers, which may be let go before it."""
    return key.rpartition("+")[2] or key


def without_type(sequence: str) -> tuple[str, KeyEvent]:
    """Return a sequence as it is without event types, and what became of its key."""
    match = _TYPED.fullmatch(sequence)
    if match is None:
        return sequence, KeyEvent.UNTOLD
    codes, modifiers, kind, text, end = match.groups()
    return f"\x1b[{codes or '1'};{modifiers}{text}{end}", KeyEvent(kind)
