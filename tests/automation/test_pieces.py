"""Text becomes messages that are as long as they may be, and nothing of it is lost."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.pieces import pieces


def test_what_fits_is_one_message() -> None:
    assert list(pieces("one\n\ntwo\n", 20)) == ["one\n\ntwo"]


def test_a_long_text_is_cut_at_the_end_of_a_line() -> None:
    assert list(pieces("aaaa\nbbbb\ncccc", 10)) == ["aaaa\nbbbb", "cccc"]


def test_a_long_line_is_cut_at_a_blank_and_a_long_word_anywhere() -> None:
    assert list(pieces("aaaa bbbb cccc", 10)) == ["aaaa bbbb ", "cccc"]
    assert list(pieces("abcdefgh", 3)) == ["abc", "def", "gh"]


def test_blanks_alone_are_no_message() -> None:
    assert list(pieces(" \n\t\n")) == []
    assert list(pieces("a" + " " * 10 + "b", 4)) == ["a   ", "   b"]


@given(st.text(alphabet="ab \n", max_size=80), st.integers(1, 12))
def test_no_letter_is_lost_and_no_piece_is_too_long(text: str, limit: int) -> None:
    cut = list(pieces(text, limit))
    assert all(0 < len(piece) <= limit and piece.strip() for piece in cut)
    assert "".join("".join(cut).split()) == "".join(text.split())
