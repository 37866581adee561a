"""Emojis made of several characters: of which kinds they are, and what to show where a terminal draws a kind in a width of its own.

Rich counts two cells for nearly all of them; terminals draw one to a dozen. A sign is shown as it is only where every kind it
is of was measured to be drawn as it is counted; elsewhere by its name, `:flag_fr:`. The grammar is that of UTS #51, 1.4.9.
"""

import re
from collections.abc import Iterator
from enum import Enum
from functools import cache

from tuichat.text.emoji_names import YOUNG
from tuichat.text.sign_names import BODIES, flag_name, keycap_name, tagged_name, toned_name

SELECTOR = "\ufe0f"  # asks for the coloured form of a sign that has a plain one as well
JOINER = "\u200d"
_KEYCAP = "\u20e3"
_TONES = "\U0001f3fb-\U0001f3ff"
_REGIONAL = "\U0001f1e6-\U0001f1ff"
_TAGS = "\U000e0030-\U000e0039\U000e0061-\U000e007a"

# What has a plain form, one cell wide, and a coloured one: emoji-variation-sequences.txt, without digits and the wide ones.
_NARROW = (
    "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9-\u21aa\u2328\u23cf\u23ed-\u23ef\u23f1-\u23f2\u23f8-\u23fa\u24c2"
    "\u25aa-\u25ab\u25b6\u25c0\u25fb-\u25fc\u2600-\u2604\u260e\u2611\u2618\u261d\u2620\u2622-\u2623\u2626\u262a\u262e-\u262f"
    "\u2638-\u263a\u2640\u2642\u265f-\u2660\u2663\u2665-\u2666\u2668\u267b\u267e\u2692\u2694-\u2697\u2699\u269b-\u269c\u26a0"
    "\u26a7\u26b0-\u26b1\u26c8\u26cf\u26d1\u26d3\u26e9\u26f0-\u26f1\u26f4\u26f7-\u26f9\u2702\u2708-\u2709\u270c-\u270d\u270f"
    "\u2712\u2714\u2716\u271d\u2721\u2733-\u2734\u2744\u2747\u2763-\u2764\u27a1\u2934-\u2935\u2b05-\u2b07"
    "\U0001f170-\U0001f171\U0001f17e-\U0001f17f\U0001f321\U0001f324-\U0001f32c\U0001f336\U0001f37d\U0001f396-\U0001f397"
    "\U0001f399-\U0001f39b\U0001f39e-\U0001f39f\U0001f3cb-\U0001f3ce\U0001f3d4-\U0001f3df\U0001f3f3\U0001f3f5\U0001f3f7"
    "\U0001f43f\U0001f441\U0001f4fd\U0001f549-\U0001f54a\U0001f56f-\U0001f570\U0001f573-\U0001f579\U0001f587"
    "\U0001f58a-\U0001f58d\U0001f590\U0001f5a5\U0001f5a8\U0001f5b1-\U0001f5b2\U0001f5bc\U0001f5c2-\U0001f5c4"
    "\U0001f5d1-\U0001f5d3\U0001f5dc-\U0001f5de\U0001f5e1\U0001f5e3\U0001f5e8\U0001f5ef\U0001f5f3\U0001f5fa\U0001f6cb"
    "\U0001f6cd-\U0001f6cf\U0001f6e0-\U0001f6e5\U0001f6e9\U0001f6f0\U0001f6f3"
)
_WIDE = (
    "\u231a-\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd-\u25fe\u2614-\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa-\u26ab\u26bd-\u26be"
    "\u26c4-\u26c5\u26ce\u26d4\u26ea\u26f2-\u26f3\u26f5\u26fa\u26fd\u2705\u270a-\u270b\u2728\u274c\u274e\u2753-\u2755\u2757"
    "\u2795-\u2797\u27b0\u27bf\u2b1b-\u2b1c\u2b50\u2b55\U0001f300-\U0001f3fa\U0001f400-\U0001faff"
)
_ELEMENT = f"(?:[{BODIES}]{SELECTOR}?[{_TONES}]|[{_NARROW}{_WIDE}]{SELECTOR}?)"
_MAX_JOINED = 6  # the longest that Unicode recommends, a kiss of two people of two colours, joins four
_MAX_BYTES = 35  # in UTF-8, of that same kiss: longer ones were not measured
_SHORT_BYTES = 18  # tmux joins no more than 21


class Kind(Enum):
    """What a terminal may draw in another width than rich counts; the value is the name under which it is told and kept."""

    JOINED = "joined"
    JOINED_LONG = "joined, long"
    JOINED_TONED = "joined, with a skin tone"
    JOINED_SELECTED = "joined, with a selector"
    FLAG = "flag"
    TAGGED = "flag of a region"
    TONED = "skin tone"
    TONED_NARROW = "skin tone on a plain sign"
    SELECTED = "selector"
    KEYCAP = "keycap"
    YOUNG = "new since 2022"


SAMPLES: dict[Kind, tuple[str, ...]] = {
    Kind.JOINED: ("\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f469\u200d\U0001f4bb"),
    Kind.JOINED_LONG: (
        "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
        "\U0001f469\U0001f3fd\u200d\u2764\ufe0f\u200d\U0001f48b\u200d\U0001f468\U0001f3fe",
    ),
    Kind.JOINED_TONED: ("\U0001f468\U0001f3fd\u200d\U0001f4bb", "\U0001f937\U0001f3fd\u200d\u2642\ufe0f"),
    Kind.JOINED_SELECTED: ("\U0001f3f3\ufe0f\u200d\U0001f308", "\U0001f937\u200d\u2642\ufe0f"),
    Kind.FLAG: ("\U0001f1eb\U0001f1f7",),
    Kind.TAGGED: ("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",),
    Kind.TONED: ("\U0001f44d\U0001f3fd", "\U0001f9d1\U0001f3ff"),
    Kind.TONED_NARROW: ("\u261d\U0001f3fd", "\U0001f590\U0001f3fd"),
    Kind.SELECTED: ("\u2764\ufe0f", "\U0001f5a5\ufe0f", "\u2708\ufe0f"),
    Kind.KEYCAP: ("1\ufe0f\u20e3", "#\ufe0f\u20e3"),
    Kind.YOUNG: ("\U0001fae8", "\U0001fae9", "\U0001faea"),
}


@cache
def _suspects() -> re.Pattern[str]:
    """Find whether a text can hold such a sign at all: most do not."""
    young = "".join(map(chr, YOUNG))
    return re.compile(f"[{JOINER}{SELECTOR}{_KEYCAP}{_TONES}{_REGIONAL}\U0001f3f4{young}]")


@cache
def _sign() -> re.Pattern[str]:
    return re.compile(
        f"(?P<flag>[{_REGIONAL}]{{2}})"
        f"|(?P<tagged>\U0001f3f4[{_TAGS}]{{3,6}}\U000e007f)"
        f"|(?P<keycap>[0-9#*]{SELECTOR}?{_KEYCAP})"
        f"|(?P<emoji>{_ELEMENT}(?:{JOINER}{_ELEMENT}){{0,{_MAX_JOINED - 1}}})"
        f"|(?P<tone>[{_TONES}])"
    )


@cache
def _narrow() -> re.Pattern[str]:
    return re.compile(f"[{_NARROW}]")


def split_signs(text: str, shown: frozenset[Kind]) -> Iterator[tuple[str, bool]]:
    """Return the parts of a text in order, and for each whether it is done with: it is a sign that terminals disagree on, as it
    is to be shown. What is in the others is for the caller to make safe."""
    end = 0
    if _suspects().search(text):
        for match in _sign().finditer(text):
            if match.start() > end:
                yield text[end : match.start()], False
            end = match.end()
            yield from _shown(match, shown)
    if end < len(text):
        yield text[end:], False


def _shown(match: re.Match[str], shown: frozenset[Kind]) -> Iterator[tuple[str, bool]]:
    sign = match[0]
    match match.lastgroup:
        case "flag":
            yield (sign if Kind.FLAG in shown else f":{flag_name(sign)}:"), True
        case "tagged":
            yield (sign if Kind.TAGGED in shown else f":{tagged_name(sign)}:"), True
        case "keycap":
            yield (sign[0] + SELECTOR + _KEYCAP if Kind.KEYCAP in shown else f":{keycap_name(sign[0])}:"), True
        case "tone":
            yield f":tone{ord(sign) - 0x1F3FA}:", True
        case _:
            yield from _emoji(sign, shown)


class _Element:
    """One emoji among those that a sign joins."""

    def __init__(self, text: str, *, is_joined: bool) -> None:
        self.base = text[0]
        self.tone = text[-1] if "\U0001f3fb" <= text[-1] <= "\U0001f3ff" and len(text) > 1 else ""
        self.is_narrow = _narrow().match(self.base) is not None
        # Joined ones are coloured with or without a selector, but are counted so only with it.
        self.is_selected = self.is_narrow and not self.tone and (is_joined or SELECTOR in text)

    def __str__(self) -> str:
        return self.base + (SELECTOR if self.is_selected else self.tone)


def _emoji(sign: str, shown: frozenset[Kind]) -> Iterator[tuple[str, bool]]:
    parts = sign.split(JOINER)
    elements = [_Element(part, is_joined=len(parts) > 1) for part in parts]
    name = toned_name(tuple(each.base for each in elements), "".join(each.tone for each in elements))
    if not name:
        for part in parts:  # joined by nobody but this stranger: shown one after the other
            yield from _emoji(part, shown)
        return
    whole = JOINER.join(map(str, elements))
    kinds = _kinds(elements, len(whole.encode()))
    if len(whole) == 1 and not kinds:
        yield whole, False
    elif kinds <= shown and len(whole.encode()) <= _MAX_BYTES:
        yield whole, True
    elif kinds == {Kind.SELECTED}:
        yield elements[0].base, False  # its plain form says the same
    else:
        yield f":{name}:", True


def _kinds(elements: list[_Element], size_bytes: int) -> set[Kind]:
    is_joined = len(elements) > 1
    kinds: set[Kind] = set()
    if is_joined:
        kinds.add(Kind.JOINED if size_bytes <= _SHORT_BYTES else Kind.JOINED_LONG)
    for each in elements:
        if each.tone:
            kinds.add(Kind.JOINED_TONED if is_joined else Kind.TONED)
            if each.is_narrow:
                kinds.add(Kind.TONED_NARROW)
        if each.is_selected:
            kinds.add(Kind.JOINED_SELECTED if is_joined else Kind.SELECTED)
        if ord(each.base) in YOUNG:
            kinds.add(Kind.YOUNG)
    return kinds
