"""Signs of several characters are shown where the terminal can, and told by name elsewhere."""

import pytest

from tests.tui.signs import ENGLAND, FAMILY, FLAG, HEART, KEYCAP, RAINBOW, TECHNOLOGIST, TONED
from tuichat.text.signs import SAMPLES, Kind, split_signs

EVERY = frozenset(Kind)
LONG_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


def shown(text: str, *kinds: Kind) -> str:
    return "".join(part for part, _ in split_signs(text, frozenset(kinds)))


@pytest.mark.parametrize(
    ("sign", "name"),
    [
        (FAMILY, ":family_man_woman_girl:"),
        (FLAG, ":flag_fr:"),
        (TONED, ":thumbsup_tone3:"),
        (TECHNOLOGIST, ":man_technologist_tone3:"),
        (HEART, "\u2764"),
        (KEYCAP, ":one:"),
        ("#\u20e3", ":hash:"),
        (RAINBOW, ":rainbow_flag:"),
        (ENGLAND, ":england:"),
        ("\U0001f937\u200d\u2642\ufe0f", ":man_shrug:"),
        ("\U0001faea", ":distorted_face:"),
        ("\u261d\U0001f3fb", ":white_up_pointing_index_tone1:"),
        ("\U0001faf1\U0001f3fb\u200d\U0001faf2\U0001f3ff", ":handshake_tone1_tone5:"),
        ("\U0001f469\u200d\u2764\ufe0f\u200d\U0001f468", ":couple_with_heart_woman_man:"),
        ("\U0001f6b6\u200d\u2640\ufe0f\u200d\u27a1\ufe0f", ":woman_pedestrian_facing_right:"),
    ],
)
def test_a_sign_is_told_by_name(sign: str, name: str) -> None:
    assert shown(f"a{sign}b") == f"a{name}b"
    assert shown(sign, *EVERY) == (sign if "\ufe0f" in sign or "\u20e3" not in sign else "#\ufe0f\u20e3")


@pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)
def test_a_sample_is_shown_when_all_its_kinds_are(kind: Kind) -> None:
    for sample in SAMPLES[kind]:
        assert shown(sample, *EVERY) == sample
        assert shown(sample, *(EVERY - {kind})) != sample


def test_a_sign_must_be_safe_in_all_its_kinds() -> None:
    assert shown(TECHNOLOGIST, Kind.JOINED_TONED) == ":man_technologist_tone3:"
    assert shown(TECHNOLOGIST, Kind.JOINED, Kind.JOINED_TONED) == TECHNOLOGIST
    assert shown(LONG_FAMILY, Kind.JOINED) == ":family_man_woman_girl_boy:"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("\U0001f697\u200d\U0001f697", "\U0001f697\U0001f697"),  # joined by nobody
        ("\U0001f697\u200d\u2642\ufe0f", "\U0001f697\u2642\ufe0f"),
        ("\U0001f3fd", ":tone3:"),
        ("\U0001f697\U0001f3fd", "\U0001f697:tone3:"),  # cars have no skin
        (FAMILY + "\u200d" + FAMILY, "\U0001f468\U0001f469\U0001f467" * 2),
    ],
)
def test_what_no_terminal_has_heard_of_is_taken_apart(text: str, parts: str) -> None:
    assert shown(text, *EVERY) == parts


def test_a_joined_sign_gets_the_selector_that_it_lacks() -> None:
    assert shown("\U0001f3f3\u200d\U0001f308", *EVERY) == RAINBOW


def test_an_endless_chain_takes_no_time() -> None:
    text = "\U0001f468\u200d" * 5000
    assert "\u200d\u200d" not in shown(text, *EVERY)
