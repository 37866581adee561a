"""Lines break where they may, and never exceed the width."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.style import Style

from tuichat.tui.wrap import Piece, wrap

BOLD, PLAIN = Style(bold=True), Style()


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
