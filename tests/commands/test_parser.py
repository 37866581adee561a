"""Any line is text, a command, or refused with the place of what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.commands.errors import CommandError
from tuichat.commands.parser import MAX_LINE_CHARACTERS, Call, PlainText, Word, next_word, parse_line, remaining_text


@pytest.mark.parametrize(
    ("line", "text"),
    [("hello", "hello"), (" /join", " /join"), ("//join", "/join"), ("///", "//"), ("", ""), ("a\n/b", "a\n/b")],
)
def test_text_is_told_from_commands(line: str, text: str) -> None:
    assert parse_line(line) == PlainText(text)


def test_command_is_its_name_and_where_the_rest_begins() -> None:
    assert parse_line("/Msg #general hi") == Call("msg", "/Msg #general hi", 4)
    assert parse_line("/quit") == Call("quit", "/quit", 5)


@pytest.mark.parametrize("line", ["/", "/ join", "/\tx"])
def test_slash_alone_is_refused(line: str) -> None:
    with pytest.raises(CommandError) as caught:
        parse_line(line)
    assert caught.value.span == (0, 1)


def test_quotes_keep_words_together() -> None:
    line = r'/x "two words" "a \"quoted\" \\ word" rest'
    first = next_word(line, 2)
    assert first == Word("two words", 3, 14)
    second = next_word(line, 14)
    assert second is not None
    assert second.text == r'a "quoted" \ word'
    assert next_word(line, second.end) == Word("rest", second.end + 1, len(line))
    assert next_word(line, len(line)) is None


def test_quote_that_is_not_closed_is_marked() -> None:
    with pytest.raises(CommandError) as caught:
        next_word('/x "abc', 2)
    assert caught.value.span == (3, 7)


def test_rest_of_the_line_stays_as_typed() -> None:
    assert remaining_text('/msg #x  two  "spaces"\n  and lines ', 7) == Word('two  "spaces"\n  and lines', 9, 34)
    assert remaining_text("/x   ", 2) is None


def test_line_beyond_reason_is_refused() -> None:
    with pytest.raises(CommandError, match=str(MAX_LINE_CHARACTERS)):
        parse_line("x" * (MAX_LINE_CHARACTERS + 1))


@given(st.text() | st.text(alphabet='/" \\\n#@<>a', max_size=30))
def test_any_line_is_read_or_refused(line: str) -> None:
    try:
        parsed = parse_line(line)
    except CommandError:
        return
    if isinstance(parsed, PlainText):
        assert line.endswith(parsed.text)
        return
    position = parsed.name_end
    try:
        while (word := next_word(line, position)) is not None:
            assert position <= word.start < word.end <= len(line)
            position = word.end
    except CommandError as error:
        assert error.span is not None  # noqa: PT017  # which words raise is what hypothesis finds
