"""Names of emojis that are made of several characters, as people know them from chats: flag_fr, thumbsup_tone3, man_cook."""

import re
import unicodedata
from functools import cache

from tuichat.text.emoji_names import by_name

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
YOUNG = {
    0x1F6DC: "wireless", 0x1FA75: "light_blue_heart", 0x1FA76: "grey_heart", 0x1FA77: "pink_heart", 0x1FA87: "maracas",
    0x1FA88: "flute", 0x1FAAD: "folding_hand_fan", 0x1FAAE: "hair_pick", 0x1FAAF: "khanda", 0x1FABB: "hyacinth",
    0x1FABC: "jellyfish", 0x1FABD: "wing", 0x1FABF: "goose", 0x1FACE: "moose", 0x1FACF: "donkey", 0x1FADA: "ginger_root",
    0x1FADB: "pea_pod", 0x1FAE8: "shaking_face", 0x1FAF7: "leftwards_pushing_hand", 0x1FAF8: "rightwards_pushing_hand",
    0x1FA89: "harp", 0x1FA8F: "shovel", 0x1FABE: "leafless_tree", 0x1FAC6: "fingerprint", 0x1FADC: "root_vegetable",
    0x1FADF: "splatter", 0x1FAE9: "face_with_bags_under_eyes",
    0x1F6D8: "landslide", 0x1FA8A: "trombone", 0x1FA8E: "treasure_chest", 0x1FAC8: "hairy_creature", 0x1FACD: "orca",
    0x1FAEA: "distorted_face", 0x1FAEF: "fight_cloud",
}  # fmt: skip
"""Emojis of Unicode 15 to 17 (2022 to 2025), which terminals and the tables of Python may not know."""


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
