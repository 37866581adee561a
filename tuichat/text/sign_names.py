"""Names of emojis that are made of several characters, as people know them from chats: flag_fr, thumbsup_tone3, man_cook."""

import re
import unicodedata
from functools import cache

from tuichat.text.emoji_names import YOUNG, by_name

TONE_1 = 0x1F3FB
# What can have a skin tone: Emoji_Modifier_Base of emoji-data.txt.
BODIES = (
    "\u261d\u26f9\u270a-\u270d\U0001f385\U0001f3c2-\U0001f3c4\U0001f3c7\U0001f3ca-\U0001f3cc\U0001f442-\U0001f443"
    "\U0001f446-\U0001f450\U0001f466-\U0001f478\U0001f47c\U0001f481-\U0001f483\U0001f485-\U0001f487\U0001f48f\U0001f491"
    "\U0001f4aa\U0001f574-\U0001f575\U0001f57a\U0001f590\U0001f595-\U0001f596\U0001f645-\U0001f647\U0001f64b-\U0001f64f"
    "\U0001f6a3\U0001f6b4-\U0001f6b6\U0001f6c0\U0001f6cc\U0001f90c\U0001f90f\U0001f918-\U0001f91f\U0001f926"
    "\U0001f930-\U0001f939\U0001f93c-\U0001f93e\U0001f977\U0001f9b5-\U0001f9b6\U0001f9b8-\U0001f9b9\U0001f9bb"
    "\U0001f9cd-\U0001f9cf\U0001f9d1-\U0001f9dd\U0001fac3-\U0001fac5\U0001faf0-\U0001faf8"
)
_GROUPS = "👯🤼🧞🧟"  # have a gender, and no skin tone
_TAG_A = 0xE0061 - ord("a")
_REGIONAL_A = 0x1F1E6
_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NATIONS = {"gbeng": "england", "gbsct": "scotland", "gbwls": "wales"}
_PEOPLE = {"🧑": "person", "👨": "man", "👩": "woman", "👦": "boy", "👧": "girl", "🧒": "child"}
_GENDERS = {"♂": "man", "♀": "woman"}
_AT_WORK = {
    "⚕": "health_worker", "🎓": "student", "🏫": "teacher", "⚖": "judge", "🌾": "farmer", "🍳": "cook", "🔧": "mechanic",
    "🏭": "factory_worker", "💼": "office_worker", "🔬": "scientist", "💻": "technologist", "🎤": "singer", "🎨": "artist",
    "✈": "pilot", "🚀": "astronaut", "🚒": "firefighter", "🦯": "with_white_cane", "🦼": "in_motorized_wheelchair",
    "🦽": "in_manual_wheelchair", "🦰": "red_haired", "🦱": "curly_haired", "🦳": "white_haired", "🦲": "bald",
    "🍼": "feeding_baby", "🎄": "mx_claus",
}  # fmt: skip
_WHOLE = {
    "🏳🌈": "rainbow_flag", "🏳⚧": "transgender_flag", "🏴☠": "pirate_flag", "👁🗨": "eye_in_speech_bubble",
    "❤🔥": "heart_on_fire", "❤🩹": "mending_heart", "🐕🦺": "service_dog", "🐈⬛": "black_cat", "🐻❄": "polar_bear",
    "🐦⬛": "black_bird", "🐦🔥": "phoenix", "🍋🟩": "lime", "🍄🟫": "brown_mushroom", "⛓💥": "broken_chain",
    "😮💨": "face_exhaling", "😵💫": "face_with_spiral_eyes", "😶🌫": "face_in_clouds", "🙂↔": "head_shaking_horizontally",
    "🙂↕": "head_shaking_vertically", "🫱🫲": "handshake",
}  # fmt: skip


@cache
def _body() -> re.Pattern[str]:
    return re.compile(f"[{BODIES}]")


def flag_name(flag: str) -> str:
    return "flag_" + "".join(chr(ord(letter) - _REGIONAL_A + ord("a")) for letter in flag)


def tagged_name(tagged: str) -> str:
    """Return the name of a flag of a part of a country: a black flag and the tags that spell the part."""
    region = "".join(chr(ord(tag) - _TAG_A) for tag in tagged[1:-1])
    return _NATIONS.get(region, f"flag_{region}")


def keycap_name(key: str) -> str:
    return {"#": "hash", "*": "asterisk"}.get(key) or _DIGITS[int(key)]


def character_name(character: str) -> str:
    """Return what people call one emoji."""
    short = next((name for name, emoji in by_name().items() if emoji == character and name[0].isalpha()), "")
    plain = unicodedata.name(character, "").lower().replace(" ", "_").replace("-", "_")
    return short or YOUNG.get(ord(character)) or plain or f"u{ord(character):x}"


def toned_name(bases: tuple[str, ...], tones: str) -> str:
    """Return the name of an emoji, or of several that are joined, with its skin tones; empty for a combination nobody knows."""
    name = character_name(bases[0]) if len(bases) == 1 else joined_name(bases)
    return name and name + "".join(f"_tone{ord(tone) - TONE_1 + 1}" for tone in tones)


def joined_name(bases: tuple[str, ...]) -> str:
    """Return the name of emojis joined to one; empty for a combination that nobody knows."""
    first, second = bases[0], bases[1]
    if len(bases) == 2:
        if whole := _WHOLE.get(first + second):
            return whole
        gender = _GENDERS.get(second)
        if gender and (first in _GROUPS or _body().match(first)):
            return f"{gender}_{character_name(first)}"
        if first in _PEOPLE and second in _AT_WORK:
            return f"{_PEOPLE[first]}_{_AT_WORK[second]}"
        if second == "➡" and first in "🚶🏃🧎":
            return f"{character_name(first)}_facing_right"
    if len(bases) <= 4 and all(base in _PEOPLE for base in bases):
        return "family_" + "_".join(_PEOPLE[base] for base in bases)
    people = f"{_PEOPLE.get(first)}_{_PEOPLE.get(bases[-1])}"
    if "None" not in people:
        match bases[1:-1]:
            case ("🤝",):
                return f"{people}_holding_hands"
            case ("❤",):
                return f"couple_with_heart_{people}"
            case ("❤", "💋"):
                return f"kiss_{people}"
    if len(bases) in (3, 4) and bases[-1] == "➡":
        inner = joined_name(bases[:-1])
        return inner and f"{inner}_facing_right"
    return ""
