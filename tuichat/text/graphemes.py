"""Cuts text between graphemes only: what a reader takes for one sign, such as a flag or a letter with its marks (UAX #29)."""

import re
from functools import cache

# Where nothing but these stands, each character is a sign of its own, and the tables of Unicode need not be asked.
_LONE = (
    "\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0590\u2010-\u2027\u2030-\u205e\u20a0-\u20cf\u2100-\u2cee\u2e80-\u3029"
    "\u3030-\u3098\u309b-\ua4cf\uac00-\ud7a3\ue000-\uf8ff\uf900-\ufaff\uff01-\uff9d\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
    "\U00020000-\U0003fffd"
)


@cache
def _lone_only() -> re.Pattern[str]:
    return re.compile(f"[{_LONE}]*")  # made when the first text wants it: so many ranges take a while


def is_lone(text: str) -> bool:
    """Whether each printable character of a text is a sign by itself; False where the tables of Unicode would have to be asked."""
    return _lone_only().fullmatch(text) is not None


def graphemes(text: str) -> list[str]:
    """Return the signs of a text, in order; together they are the text."""
    if text.isascii() or is_lone(text):
        return list(text)
    from wcwidth import iter_graphemes  # takes 25 ms: not before the first paint

    return list(iter_graphemes(text))
