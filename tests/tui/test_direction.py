"""What is written from right to left turns nothing around but itself."""

from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from rich.style import Style

from tests.tui.messages.test_layout import draw, texts
from tests.tui.samples import GRACE, message
from tuichat.tui.direction import isolate
from tuichat.tui.text_selection import Place, TextSelection
from tuichat.tui.widgets.line import Line, LineBuilder
from tuichat.tui.wrap import Piece, chop, wrap

HEBREW = "\u05e9\u05dc\u05d5\u05dd"
PLAIN, BOLD = Style(), Style(bold=True)


@pytest.fixture(autouse=True)
def isolating() -> Iterator[None]:
    isolate(is_wanted=True)
    yield
    isolate(is_wanted=False)


def test_a_name_is_isolated_from_the_time_beside_it() -> None:
    line = LineBuilder(PLAIN).add(HEBREW, BOLD).space(2).add("09:45", PLAIN).build(20)
    assert line.strip.text == f"\u2068{HEBREW}\u2069  09:45" + " " * 9
    assert line.strip.cell_length == 20 == cell_len(line.strip.text)


def test_each_line_of_a_message_is_isolated_as_a_whole() -> None:
    pieces = [Piece(f"{HEBREW} a ", PLAIN), Piece(HEBREW, BOLD), Piece(f" {HEBREW}", PLAIN)]
    lines = ["".join(piece.text for piece in line) for line in wrap(pieces, 12)]
    assert lines == [f"\u2068{HEBREW} a {HEBREW}\u2069", f"\u2068{HEBREW}\u2069"]
    (whole,) = wrap(pieces, 40)
    builder = LineBuilder(PLAIN)
    for piece in whole:
        builder.add(piece.text, piece.style)
    assert builder.build(20).strip.text.count("\u2068") == 1
    assert [line[0].text for line in chop([Piece(f"x = {HEBREW}", PLAIN)], 40)] == [f"\u2068x = {HEBREW}\u2069"]


def test_text_from_left_to_right_stays_as_it_is() -> None:
    (line,) = wrap([Piece("漢字 é", PLAIN)], 20)
    assert "".join(piece.text for piece in line) == "漢字 é"


def test_a_message_keeps_its_time_and_its_width() -> None:
    lines = draw(message(GRACE, 0, f"{HEBREW} **{HEBREW}** 123"))
    assert texts(lines)[2] == f"▎ \u2068{HEBREW} {HEBREW} 123\u2069"
    assert all(line.strip.cell_length == 60 for line in lines)


def test_what_is_copied_holds_no_isolates() -> None:
    line = LineBuilder(PLAIN).add("▎ ", PLAIN).add(HEBREW, PLAIN).build(20, text_start=2)

    class Drawn:
        def __len__(self) -> int:
            return 1

        def key_at(self, index: int) -> str:
            return "m"

        def index_of_key(self, key: str) -> int | None:
            return 0

    def lines(index: int) -> list[Line]:
        return [line]

    selection = TextSelection()
    selection.begin(Place("m", 0, 2))
    selection.extend(Place("m", 0, 10))
    assert selection.text(Drawn(), lines) == HEBREW


def test_nothing_is_isolated_where_the_terminal_would_show_it() -> None:
    isolate(is_wanted=False)
    assert wrap([Piece(HEBREW, PLAIN)], 20) == [[Piece(HEBREW, PLAIN)]]
