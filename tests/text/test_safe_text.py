"""Text from strangers holds nothing that a terminal obeys, whatever it was."""

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.tui.hostile import FORBIDDEN, HOSTILE, WORD
from tests.tui.signs import SIGNS
from tuichat.text.graphemes import graphemes
from tuichat.text.safe_text import MAX_MARKS, MAX_NAME_CHARACTERS, safe_block, safe_line, safe_name, show
from tuichat.text.signs import Kind

SIGNED = st.lists(st.sampled_from([*SIGNS, *"ab 漢é\u200d\ufe0f\U0001f3fd"]), max_size=30).map("".join)
ANYTHING = st.text(st.characters(codec=None), max_size=60)


@contextmanager
def showing(kinds: Iterable[Kind]) -> Iterator[None]:
    show(tuple(kinds))
    try:
        yield
    finally:
        show(())


def longest_run_of_marks(text: str) -> int:
    longest = run = 0
    for character in text:
        run = run + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_text_becomes_harmless_and_stays_readable(kind: str) -> None:
    for shown in (safe_line(HOSTILE[kind]), safe_name(HOSTILE[kind])):
        assert not FORBIDDEN & set(shown)
        assert WORD in shown
    assert FORBIDDEN & set(safe_block(HOSTILE[kind])) <= {"\n"}
    assert WORD in safe_block(HOSTILE[kind])


@given(ANYTHING)
def test_nothing_forbidden_comes_out_of_anything(text: str) -> None:
    assert not FORBIDDEN & set(safe_line(text))
    assert FORBIDDEN & set(safe_block(text)) <= {"\n"}
    assert longest_run_of_marks(safe_block(text)) <= MAX_MARKS


@given(ANYTHING)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once = safe_block(text)
    assert safe_block(once) == once
    assert safe_line(safe_line(text)) == safe_line(text)


@given(ANYTHING)
def test_what_comes_out_can_be_written_to_a_terminal(text: str) -> None:
    safe_block(text).encode("utf-8")


@given(ANYTHING)
def test_a_name_is_never_empty_and_never_endless(text: str) -> None:
    name = safe_name(text)
    assert name.strip()
    assert len(name) <= MAX_NAME_CHARACTERS


def test_an_escape_is_shown_as_a_sign() -> None:
    assert safe_line("\x1b[31mred") == "␛[31mred"


def test_bidi_override_leaves_a_visible_mark() -> None:
    assert safe_line("photo\u202egpj.exe") == "photo\N{REPLACEMENT CHARACTER}gpj.exe"


def test_plain_text_is_left_alone() -> None:
    text = "Grüße, 漢字, Tiếng Việt, עברית, ไทย: [bold]not markup[/bold]"
    assert safe_block(text) == text


def test_joiners_stay_where_a_script_needs_them() -> None:
    persian = "می‌خواهم"
    assert safe_block(persian) == persian
    assert safe_name(persian) == persian.replace("\u200c", "")
    assert safe_block("a\u200cd\u200dmin") == "admin"


def test_emoji_on_whose_width_terminals_disagree_become_names() -> None:
    assert safe_line("\U0001f468\u200d\U0001f469") == ":family_man_woman:"
    assert safe_line("\u2764\ufe0f") == "\u2764"
    assert safe_line("\U0001f1e9\U0001f1ea") == ":flag_de:"


@given(SIGNED, st.sets(st.sampled_from(Kind)))
def test_cleaning_twice_changes_nothing_whatever_is_shown(text: str, kinds: set[Kind]) -> None:
    with showing(kinds):
        once = safe_block(text)
        assert safe_block(once) == once
        assert cell_len(once) == sum(cell_len(sign) for sign in graphemes(once))


@given(SIGNED.filter(lambda text: text.strip() != ""))
def test_a_long_name_ends_with_a_whole_sign(text: str) -> None:
    with showing(Kind):
        whole = graphemes(safe_name("a" + text * 30))
        assert len("".join(whole)) <= MAX_NAME_CHARACTERS
        if whole.pop() == "…":
            assert graphemes(safe_line("a" + text * 30))[: len(whole)] == whole


@given(ANYTHING)
def test_width_is_the_sum_of_the_characters(text: str) -> None:
    shown = safe_block(text)
    assert cell_len(shown) == sum(cell_len(character) for character in shown)


def test_new_lines_of_every_system_are_one() -> None:
    assert safe_block("a\r\nb\rc\nd\u2028e") == "a\nb\nc\nd\ne"
    assert safe_line("a\r\nb\tc") == "a b c"
