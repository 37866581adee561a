"""Emojis by their names: those of Unicode, with the short ones that people type in chats."""

import unicodedata
from functools import cache

_RANGES = ((0x1F300, 0x1F650), (0x1F680, 0x1F700), (0x1F7E0, 0x1F7F0), (0x1F900, 0x1FA00), (0x1FA70, 0x1FB00))
SINGLE = "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕❗➕➖➗⬛⬜⭐⭕"
_PARTS = range(0x1F3FB, 0x1F400)  # skin tones are no emojis by themselves
SHORT = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "heart": "💙", "joy": "😂", "smile": "😄", "grin": "😁",
    "wink": "😉", "cry": "😢", "sob": "😭", "angry": "😠", "thinking": "🤔", "shrug": "🤷", "wave": "👋", "clap": "👏",
    "pray": "🙏", "ok_hand": "👌", "muscle": "💪", "fire": "🔥", "tada": "🎉", "rocket": "🚀", "eyes": "👀", "100": "💯",
    "bug": "🐛", "ship": "🚢", "check": "✅", "x": "❌", "star": "⭐", "zap": "⚡", "sparkles": "✨", "coffee": "☕",
    "beer": "🍺", "pizza": "🍕", "skull": "💀", "poop": "💩", "sunglasses": "😎", "party": "🥳", "salute": "🫡",
    "facepalm": "🤦", "lock": "🔒", "key": "🔑", "memo": "📝", "bulb": "💡", "warning": "🚨", "question": "❓",
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
USUAL = ("👍", "🎉", "😂", "🚀", "👀", "✅", "🔥", "🤔", "🙏")  # offered where nothing was used yet (taste)


@cache
def by_name() -> dict[str, str]:
    """Return emojis by name, the short names first. Every one is a single character, two cells wide."""
    found = dict(SHORT)
    codes = [code for first, end in _RANGES for code in range(first, end) if code not in _PARTS and code not in YOUNG]
    for character in [*map(chr, codes), *SINGLE]:
        name = unicodedata.name(character, "")
        if name and unicodedata.east_asian_width(character) == "W":
            found.setdefault(name.lower().replace(" ", "_").replace("-", "_"), character)
    return found


def matching(query: str, limit: int) -> list[tuple[str, str]]:
    """Return (name, emoji) pairs whose names hold the query, those that begin with it first; each emoji once."""
    wanted = query.casefold().strip().strip(":").replace(" ", "_")
    begin, hold = [], []
    for name, emoji in by_name().items():
        if name.startswith(wanted):
            begin.append((name, emoji))
        elif wanted in name:
            hold.append((name, emoji))
    seen: set[str] = set()
    return [pair for pair in begin + hold if not (pair[1] in seen or seen.add(pair[1]))][:limit]  # type: ignore[func-returns-value]  # add gives None


def name_of(emoji: str) -> str:
    """Return the shortest name of an emoji, empty for one that is not known."""
    return next((name for name, character in by_name().items() if character == emoji), "")
