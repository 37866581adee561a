"""Keeps what is written from right to left from turning around what stands beside it, in terminals that turn it at all."""

import re

ISOLATE, END = "\u2068", "\u2069"  # FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE of UAX #9
_FROM_RIGHT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
_can_isolate = False


def isolate(*, is_wanted: bool) -> None:
    """Use signs that isolate from now on, or do not: the terminal may draw them in a cell of their own."""
    global _can_isolate  # there is one terminal, and lines for it are made in many places
    _can_isolate = is_wanted


def is_from_right(text: str) -> bool:
    """Whether a text has to be isolated here."""
    return _can_isolate and not text.isascii() and _FROM_RIGHT.search(text) is not None


def isolated(text: str) -> str:
    """Return one stranger's text of a line so that it turns nothing but itself."""
    return ISOLATE + text + END if is_from_right(text) and ISOLATE not in text else text


def without_isolates(text: str) -> str:
    """Return text as it was, to be copied."""
    return text.replace(ISOLATE, "").replace(END, "")


def depth_after(text: str, depth: int) -> int:
    """Return how many isolates are open behind a text."""
    return depth if text.isascii() else max(0, depth + text.count(ISOLATE) - text.count(END))
