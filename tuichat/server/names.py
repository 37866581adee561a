"""Names of people: what they may be made of, and which look alike."""

import re
import unicodedata

from tuichat.errors import TuichatError

USERNAME_CHARACTERS = (2, 32)
DISPLAY_NAME_CHARACTERS = (1, 32)
MAX_MARKS_IN_A_ROW = 3  # taste: more than any language stacks
RESERVED = frozenset({"everyone", "here", "system", "tuichat"})

# Letters of other scripts that look like Latin ones, folded before names are compared: a selection from
# Unicode's confusables (UTS #39) of what reads the same in a terminal's fonts.
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁԛԝһӏьвкмнт" "αβγικνορτυχ" "օսոհցզ" "ıɩɡʟ",
    "aeopcyxijsdqwhlbbkmht" "abyiknoptux" "ounhgq" "iigl",
)  # fmt: skip
_JOINED_SCRIPTS = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
_SPACES = re.compile(r"\s+")


class NameRefused(TuichatError):
    """A name that nobody may have; the text says why."""


def clean_username(name: str) -> str:
    """Return a user name in its normal form (NFKC, lower case), 2 to 32 letters, digits, `.`, `_` and `-`.

    Raises NameRefused: for other characters (zero-width and bidi ones among them), for letters of several scripts, for
    reserved names.
    """
    cleaned = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name.strip()).lower())
    low, high = USERNAME_CHARACTERS
    if not low <= len(cleaned) <= high:
        raise NameRefused(f"A user name has {low} to {high} characters; this one has {len(cleaned)}.")
    for index, character in enumerate(cleaned):
        category = unicodedata.category(character)
        is_mark = category == "Mn" and index > 0
        if not (category in {"Ll", "Lo", "Lm", "Nd"} or is_mark or character in "._-"):
            raise NameRefused("A user name is made of letters, digits, and the signs . _ -")
    if not any(unicodedata.category(character)[0] in "LN" for character in cleaned):
        raise NameRefused("A user name has at least one letter or digit.")
    _check_marks(cleaned)
    scripts = {_script(character) for character in cleaned if unicodedata.category(character)[0] == "L"}
    if len(scripts) > 1 and not any(scripts <= joined for joined in _JOINED_SCRIPTS):
        raise NameRefused("The letters of a user name come from one script, so that no name looks like another.")
    if name_key(cleaned) in RESERVED:
        raise NameRefused(f"Nobody can be called {cleaned}.")
    return cleaned


def name_key(name: str) -> str:
    """Fold a name so that two names which look the same are the same: case, width, accents' order, look-alike letters."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(character for character in folded if not _is_invisible(character)).translate(_LOOK_ALIKES)


def visible(name: str) -> str:
    """Return a name of anything (a guild, a channel) in NFC, without control, bidi and zero-width characters."""
    kept = "".join(" " if c in "\t\n\r" else c for c in name if c in "\t\n\r" or not _is_invisible(c))
    return _SPACES.sub(" ", unicodedata.normalize("NFC", kept)).strip()


def clean_display_name(name: str) -> str:
    """Return a name for the screen: NFC, without control, bidi and zero-width characters, 1 to 32 characters.

    Raises NameRefused: when nothing is left, for too long ones and reserved ones.
    """
    cleaned = visible(name)
    low, high = DISPLAY_NAME_CHARACTERS
    if not low <= len(cleaned) <= high:
        raise NameRefused(f"A name has {low} to {high} visible characters; this one has {len(cleaned)}.")
    if all(unicodedata.category(character)[0] in "ZM" for character in cleaned):
        raise NameRefused("A name has at least one visible character.")
    _check_marks(cleaned)
    if name_key(cleaned).strip("@ ") in RESERVED:
        raise NameRefused(f"Nobody can be called {cleaned}.")
    return cleaned


def derive_username(display_name: str) -> str:
    """Make a user name out of a display name; it may be taken already."""
    plain = unicodedata.normalize("NFKD", display_name).casefold()
    kept = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else " " if c.isspace() else "" for c in plain)
    derived = "_".join(kept.split())[: USERNAME_CHARACTERS[1]]
    try:
        return clean_username(derived)
    except NameRefused:
        return "user"


def with_suffix(name: str, number: int, limit: int, separator: str = "") -> str:
    """Return a name with a number after it, cut so that it stays within a limit."""
    suffix = f"{separator}{number}"
    return name[: limit - len(suffix)].rstrip() + suffix


def _is_invisible(character: str) -> bool:
    """Control, format (bidi, zero-width), surrogate, private and unassigned characters, and those that draw nothing."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} or character in _BLANKS


_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07"
                    "\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e\ufe0f")  # fillers and variation selectors  # fmt: skip


def _check_marks(name: str) -> None:
    in_a_row = 0
    for character in name:
        in_a_row = in_a_row + 1 if unicodedata.category(character)[0] == "M" else 0
        if in_a_row > MAX_MARKS_IN_A_ROW:
            raise NameRefused(f"A name stacks at most {MAX_MARKS_IN_A_ROW} marks on a letter.")


def _script(character: str) -> str:
    """The script of a letter, as the first word of its Unicode name tells it."""
    return unicodedata.name(character, "UNKNOWN").split(" ", 1)[0].split("-", 1)[0]
