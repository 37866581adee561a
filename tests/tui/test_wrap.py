"""Lines break where they may, and never exceed the width."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tests.tui.signs import SIGNS
from tuichat.text.graphemes import graphemes
from tuichat.tui.wrap import Piece, chop, wrap

BOLD, PLAIN = Style(bold=True), Style()


SIGNED = st.lists(st.sampled_from([*SIGNS, *"ab  漢é"]), max_size=40).map("".join)


def texts(lines: list[list[Piece]]) -> list[str]:
    return ["".join(piece.text for piece in line) for line in lines]


def wrapped(text: str, width: int) -> list[str]:
    return texts(wrap([Piece(text, PLAIN)], width))


def test_words_move_to_the_next_line_whole() -> None:
    assert wrapped("one two three", 8) == ["one two", "three"]


def test_a_word_longer_than_a_line_is_cut() -> None:
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_wide_characters_break_anywhere_and_never_in_half() -> None:
    assert wrapped("漢字漢字", 5) == ["漢字", "漢字"]


def test_a_word_in_two_styles_stays_together() -> None:
    lines = wrap([Piece("aaa bb", PLAIN), Piece("bb", BOLD)], 6)
    assert texts(lines) == ["aaa", "bbbb"]
    assert [piece.style for piece in lines[1]] == [PLAIN, BOLD]


def test_leading_blanks_stay() -> None:
    assert wrapped("  x", 10) == ["  x"]


def test_nothing_is_one_empty_line() -> None:
    assert wrapped("", 10) == [""]


@given(st.text(st.sampled_from("ab 漢\u0301é"), max_size=60), st.integers(2, 20))
def test_no_line_is_wider_than_asked_and_no_letter_is_lost(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(SIGNED, st.integers(6, 20), st.sampled_from([wrap, chop]))
def test_no_sign_is_cut_in_two(text: str, width: int, way: Callable[[list[Piece], int], list[list[Piece]]]) -> None:
    lines = texts(way([Piece(text, PLAIN)], width))
    assert all(cell_len(line) <= width for line in lines)
    kept = [sign for line in lines for sign in graphemes(line) if sign != " "]
    assert kept == [sign for sign in graphemes(text) if sign != " "]


@given(SIGNED, st.integers(2, 20))
def test_code_loses_nothing(text: str, width: int) -> None:
    assert "".join(texts(chop([Piece(text, PLAIN)], width))) == text


def test_a_line_may_break_between_flags_and_between_families() -> None:
    assert wrapped("🇫🇷🇩🇪🇮🇹", 5) == ["🇫🇷🇩🇪", "🇮🇹"]
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    assert wrapped(family * 3, 4) == [family * 2, family]


def test_a_chain_of_letters_wider_than_a_line_is_cut_all_the_same() -> None:
    chain = "\u0915\u094d" * 200 + "\u0915"
    assert graphemes(chain) == [chain]
    lines = wrapped(chain, 10)
    assert "".join(lines) == chain
    assert all(cell_len(line) <= 10 for line in lines)
