"""Selecting text across messages."""

from rich.style import Style

from tuichat.tui.text_selection import Place, TextSelection, word_at
from tuichat.tui.widgets.line import Line, LineBuilder


class Drawn:
    """Messages `m0`, `m1` ... with lines of text behind a bar of two cells; a line in brackets goes on from the one before."""

    def __init__(self, *messages: list[str]) -> None:
        self.messages = messages

    def __len__(self) -> int:
        return len(self.messages)

    def key_at(self, index: int) -> str:
        return f"m{index}"

    def index_of_key(self, key: str) -> int | None:
        index = int(key[1:])
        return index if index < len(self.messages) else None

    def lines(self, index: int) -> list[Line]:
        return [line(text) for text in self.messages[index]]


def line(text: str) -> Line:
    joins = " " if text.startswith("[") else None
    return LineBuilder(Style()).add("▎ ", Style()).add(text, Style()).build(30, text_start=2, joins=joins)


DRAWN = Drawn(["grace  09:41", "the jitter buffer", "[holds"], ["", "linus  09:44", "nice 日本 work"])


def selected(first: Place, last: Place) -> TextSelection:
    selection = TextSelection()
    selection.begin(first)
    selection.extend(last)
    return selection


def test_text_within_a_line() -> None:
    assert selected(Place("m0", 1, 6), Place("m0", 1, 11)).text(DRAWN, DRAWN.lines) == "jitter"


def test_lines_that_wrapped_are_one_again() -> None:
    assert selected(Place("m0", 1, 2), Place("m0", 2, 28)).text(DRAWN, DRAWN.lines) == "the jitter buffer [holds"


def test_messages_are_parted_by_their_lines_and_bars_are_left_out() -> None:
    text = selected(Place("m0", 1, 13), Place("m1", 2, 5)).text(DRAWN, DRAWN.lines)
    assert text == "buffer [holds\n\nlinus  09:44\nnice"


def test_upwards_is_the_same_as_downwards() -> None:
    one, other = Place("m0", 1, 6), Place("m1", 2, 5)
    assert selected(other, one).text(DRAWN, DRAWN.lines) == selected(one, other).text(DRAWN, DRAWN.lines)


def test_wide_signs_are_taken_whole() -> None:
    assert selected(Place("m1", 2, 7), Place("m1", 2, 10)).text(DRAWN, DRAWN.lines) == "日本"


def test_a_message_that_is_gone_ends_the_selection() -> None:
    selection = selected(Place("m0", 1, 6), Place("m7", 0, 0))
    assert selection.bounds(DRAWN) is None
    assert selection.text(DRAWN, DRAWN.lines) == ""


def test_the_cursor_goes_over_the_ends_of_lines_and_past_empty_ones() -> None:
    selection = selected(Place("m0", 2, 7), Place("m0", 2, 7))
    selection.step_cell(DRAWN, DRAWN.lines, 1)
    assert selection.cursor == Place("m1", 1, 2)
    selection.step_cell(DRAWN, DRAWN.lines, -1)
    assert selection.cursor == Place("m0", 2, 7)


def test_the_cursor_stops_at_the_first_and_the_last_line() -> None:
    selection = selected(Place("m0", 0, 2), Place("m0", 0, 2))
    selection.step_line(DRAWN, DRAWN.lines, -1)
    selection.step_cell(DRAWN, DRAWN.lines, -1)
    assert selection.cursor == Place("m0", 0, 2)


def test_word_by_word() -> None:
    selection = selected(Place("m0", 1, 2), Place("m0", 1, 2))
    for column in (6, 13):
        selection.step_word(DRAWN, DRAWN.lines, 1)
        assert selection.cursor == Place("m0", 1, column)
    selection.step_word(DRAWN, DRAWN.lines, -1)
    assert selection.cursor == Place("m0", 1, 6)


def test_words_keep_addresses_whole() -> None:
    text = line("see https://a.example/x-y, ok")
    assert word_at(text, 10) == (6, 26)
    assert word_at(text, 27) == (27, 27)


def test_a_word_with_signs_of_several_characters_is_one() -> None:
    text = line("हिन्दी ok 👍🏽 x")
    assert word_at(text, 3) == (2, 4)
    assert word_at(text, 6) == (6, 7)
    assert word_at(text, 9) == word_at(text, 10) == (9, 10)


def test_a_click_s_word_and_line() -> None:
    selection = selected(Place("m0", 1, 8), Place("m0", 1, 8))
    selection.grow(DRAWN, DRAWN.lines, whole=False)
    assert selection.text(DRAWN, DRAWN.lines) == "jitter"
    selection.grow(DRAWN, DRAWN.lines, whole=True)
    assert selection.text(DRAWN, DRAWN.lines) == "the jitter buffer"
