"""Tests of `tuichat.plain.spoken`: marks carry a word where they carry meaning, and none elsewhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.hostile import FORBIDDEN, HOSTILE, WORD
from tests.tui.samples import GENERAL, sample_state
from tuichat.plain.spoken import spoken, spoken_lines
from tuichat.text.channel_names import ChannelNames

NAMES = ChannelNames(sample_state(), GENERAL)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("plain words", "plain words"),
        ("**bold**, *leaning*, __under__ and `code`", "bold, leaning, under and code"),
        ("~~old~~ new", "[struck out: old] new"),
        ("it is ||the butler|| alone", "it is [hidden] alone"),
        ("||**a** and b||", "[hidden]"),
        ("# Plan\nfirst this", "heading: Plan; first this"),
        ("> yours\n> still yours\nmine", "quote: yours; still yours [end of quote]; mine"),
        ("- milk\n- bread", "item: milk; item: bread"),
        ("1. milk\n2. bread", "1. milk; 2. bread"),
        ("see\n```python\na = 1\nb = 2\n```\nthere", "see; code in python: a = 1; b = 2; [end of code]; there"),
        ("Done.\nNext?\nyes", "Done. Next? yes"),
        ("<@101> see <#2002>", "@ada see #voice-engine"),
        ("[the plan](https://example.org/a)", "the plan (example.org)"),
        ("a\n\n\nb", "a; b"),
        ("", ""),
    ],
)
def test_what_is_said(written: str, said: str) -> None:
    assert spoken(written, NAMES) == said


def test_what_is_hidden_is_told_where_it_is_asked_for() -> None:
    assert spoken_lines("it is ||the butler||", NAMES, shows_spoilers=True) == ["it is [hidden: the butler]"]
    lines = spoken_lines("[plan](https://example.org/a)", NAMES, has_addresses=True)
    assert lines == ["plan <https://example.org/a> (example.org)"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_strangers_words_are_one_safe_line(text: str) -> None:
    said = spoken(text, NAMES)
    assert FORBIDDEN.isdisjoint(said)
    assert WORD[-1] in said or "hidden" in said


@given(st.text(max_size=300))
def test_any_text_is_one_safe_line(text: str) -> None:
    assert FORBIDDEN.isdisjoint(spoken(text, NAMES))
