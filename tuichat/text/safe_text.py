"""Turns what strangers wrote into text that a terminal can only show, never obey.

Nothing that leaves here holds a control character, an invisible character, a character that reorders its neighbours,
a lone surrogate, or more combining marks than a script needs. What was taken out is replaced by something visible
where a reader would want to know of it. The width that rich computes for the result is the one this terminal draws: emoji
that it draws in another one become names.
"""

import re
import unicodedata
from collections.abc import Collection

from tuichat.text.graphemes import graphemes
from tuichat.text.signs import Kind, split_signs
from tuichat.translation import _

MAX_MARKS = 3  # combining marks on one character; Vietnamese, Hebrew and Thai need no more (taste)
TAB = "    "
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
MAX_NAME_CHARACTERS = 100  # the longest name a server that speaks the protocol gives out

# Non-joiners change how a word of these scripts is spelled; elsewhere they are only invisible.
_JOINING_SCRIPTS = "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u1000-\u109f\u1780-\u17ff"
_STRAY_NON_JOINER = re.compile(f"(?<![{_JOINING_SCRIPTS}])\u200c+|\u200c+(?![{_JOINING_SCRIPTS}])")
_NON_JOINERS = re.compile("\u200c+")
# Where a letter is joined to the next one: virama and consonant of the scripts for which UAX #29 makes them one sign.
_CONJUNCT = re.compile(
    "(?<=[\u094d\u09cd\u0acd\u0b4d\u0c4d\u0d4d])"
    "(?=[\u0915-\u0939\u0958-\u095f\u0995-\u09b9\u0a95-\u0ab9\u0b15-\u0b39\u0c15-\u0c39\u0d15-\u0d3a])"
)
_NEW_LINES = re.compile("\r\n?|[\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_VISIBLE_FORMAT_SIGNS = frozenset({*range(0x600, 0x606), 0x6DD, 0x8E2, 0x110BD, 0x110CD})
_INVISIBLE = frozenset(
    {
        *range(0xFE00, 0xFE10),  # variation selectors: terminals disagree about the width they give
        *range(0xE0100, 0xE01F0),
        *range(0x180B, 0x1810),  # Mongolian selectors and the vowel separator
        0x302E, 0x302F, 0x16FF0, 0x16FF1,  # tone and reading marks that are drawn in none, one or two cells
        0x200D,  # the joiner: rich takes it for the end of the next character, letters too
        0x034F,  # combining grapheme joiner
        0x115F, 0x1160, 0x3164, 0xFFA0,  # Hangul fillers: letters that show nothing
        0x17B4, 0x17B5,  # Khmer inherent vowels
        0x20E3,  # the enclosing keycap
        0x2800,  # blank Braille pattern
    }
)  # fmt: skip
_ISLAND_FORMATS = frozenset({*range(0x202A, 0x202F), *range(0x2066, 0x206A)})  # bidi embeddings, overrides, isolates
_DARK_NUMBERS = range(0x3248, 0x3250)  # ten to eighty on black squares, in one cell or two
_REGIONAL_INDICATOR_A = 0x1F1E6


class _Replacements(dict[int, str]):
    """What each character becomes; decided once a character."""

    def __missing__(self, code: int) -> str:
        text = _replacement(code)
        self[code] = text
        return text


def _replacement(code: int) -> str:
    character = chr(code)
    if character == "\n":
        return character
    if character == "\t":
        return TAB
    if code < 0x20:
        return chr(0x2400 + code)  # the picture of the control: ESC becomes a visible sign
    if code == 0x7F:
        return "\N{SYMBOL FOR DELETE}"
    if code in _INVISIBLE:
        return ""
    if code in _ISLAND_FORMATS:
        return REPLACEMENT
    if _REGIONAL_INDICATOR_A <= code < _REGIONAL_INDICATOR_A + 26:
        return chr(ord("A") + code - _REGIONAL_INDICATOR_A)  # half a flag
    if code in _DARK_NUMBERS:
        return f"({unicodedata.numeric(character):g})"
    match unicodedata.category(character):
        case "Cf":
            return character if code in _VISIBLE_FORMAT_SIGNS or character == "\u200c" else ""
        case "Cc" | "Cs" | "Cn":
            return REPLACEMENT
        case "Co":
            return character if code < 0xF900 else REPLACEMENT  # icons of patched fonts live in the lower area
        case "Zl" | "Zp":
            return "\n"
        case "Zs":
            return " "
        case _:
            return character


_REPLACEMENTS = _Replacements()


def _bound_marks(text: str) -> str:
    """Keep at most MAX_MARKS combining marks on a character; give a lonely mark a dotted circle to stand on."""
    kept: list[str] = []
    marks = 0
    has_base = False
    for character in text:
        if unicodedata.category(character) in ("Mn", "Me"):
            if not has_base:
                kept.append("\N{DOTTED CIRCLE}")
                has_base = True
            marks += 1
            if marks > MAX_MARKS:
                continue
        else:
            marks = 0
            has_base = character != "\n"
        kept.append(character)
    return "".join(kept)


_shown_kinds: frozenset[Kind] = frozenset()
_parts_letters = False


def show(kinds: Collection[Kind], *, parts_letters: bool = False) -> None:
    """Leave signs of these kinds as they are from now on: the terminal draws them as wide as they are counted.

    `parts_letters` has Indic letters stand beside each other that would be joined to one: the terminal gives it one cell.
    """
    global _shown_kinds, _parts_letters  # there is one terminal, and text for it is made in a hundred places
    _shown_kinds, _parts_letters = frozenset(kinds), parts_letters


def _parted(text: str) -> str:
    return _CONJUNCT.sub("\u200c", text) if _parts_letters else text


def _clean(text: str) -> str:
    if text.isascii():
        return text.translate(_REPLACEMENTS)
    return "".join(
        part if is_done else _bound_marks(_parted(_STRAY_NON_JOINER.sub("", part.translate(_REPLACEMENTS))))
        for part, is_done in split_signs(text, _shown_kinds)
    )


def safe_block(text: str) -> str:
    """Return text of many lines, safe to show; newlines are kept, tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return _clean(_NEW_LINES.sub("\n", text))


def safe_line(text: str) -> str:
    """Return text as one line, safe to show: every run of blanks, newlines too, is one space."""
    if not (text.isascii() and text.isprintable()):
        text = _clean(_NEW_LINES.sub("\n", text))
    return _BLANKS.sub(" ", text).strip()


def safe_name(text: str, fallback: str = "") -> str:
    """Return a name, safe to show and never empty: also without the non-joiners by which one name imitates another."""
    name = safe_line(text)
    if not name.isascii():
        name = _parted(_NON_JOINERS.sub("", name))
    if len(name) > MAX_NAME_CHARACTERS:
        name = _beginning(name) + "…"
    return name or fallback or _("(no name)")


def _beginning(name: str) -> str:
    """Return as many whole signs as fit into a name with an ellipsis."""
    length = 0
    for sign in graphemes(name[:MAX_NAME_CHARACTERS]):
        if length + len(sign) >= MAX_NAME_CHARACTERS:
            break
        length += len(sign)
    return name[:length]
