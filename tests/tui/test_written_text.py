"""What is pasted is text and no command; code that is not closed is noticed."""

from tuichat.tui.written_text import clean_paste, is_in_code


def test_a_paste_loses_controls_and_keeps_its_lines_and_tabs() -> None:
    assert clean_paste("a\r\nb\rc\td\x1b[31mred\x1b[0m\x07\x00\x1b]0;title\x07!") == "a\nb\nc\tdred!"


def test_a_block_is_open_until_it_is_closed() -> None:
    assert is_in_code("```py\nx", 7)
    assert not is_in_code("```py\nx\n```", 11)
    assert not is_in_code("```py\nx\n```", 7)
    assert not is_in_code("x", 1)
