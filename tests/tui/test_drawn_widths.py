"""What a terminal draws decides what it is shown, and it is asked once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from tests.tui.signs import FAMILY, TECHNOLOGIST, TONED
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.text.signs import Kind
from tuichat.tui.drawn_widths import (
    MAX_TERMINALS,
    SAMPLES,
    SPACING_MARK,
    WIDENED,
    DrawnWidths,
    WidthBook,
    terminal_name,
)

TMUX = {
    "TERM": "tmux-256color",
    "TERM_PROGRAM": "tmux",
    "TERM_PROGRAM_VERSION": "3.3a",
    "TMUX": "/tmp/tmux-0/default,1,0",
}
MEASURED_IN_TMUX = (2, 2, 2, 6, 4, 4, 1, 2, 2, 2, 4, 4, 3, 3, 1, 1, 1, 1, 1, 0, 0, 0, 2, 1, 1, 2)  # 3.3a
AS_COUNTED = tuple(cell_len(sample) for sample in SAMPLES)


def widths(columns: tuple[int, ...]) -> DrawnWidths:
    found = DrawnWidths.of(columns)
    assert found is not None
    return found


@pytest.fixture
def counting() -> Iterator[None]:
    yield
    DrawnWidths().count()


def test_a_terminal_that_agrees_is_shown_everything() -> None:
    assert widths(AS_COUNTED).shown == frozenset(Kind)
    assert not widths(AS_COUNTED).narrow()


def test_a_new_terminal_is_shown_names() -> None:
    assert DrawnWidths().shown == frozenset()


@pytest.mark.usefixtures("counting")
def test_tmux_is_shown_what_it_can_and_counted_as_it_draws() -> None:
    in_tmux = widths(MEASURED_IN_TMUX)
    assert in_tmux.shown == {Kind.JOINED, Kind.FLAG, Kind.TAGGED}
    in_tmux.count()
    assert safe_line(FAMILY + TONED + TECHNOLOGIST) == FAMILY + ":thumbsup_tone3::man_technologist_tone3:"
    assert cell_len("\u0939\u093f\u0928\u094d\u0926\u0940") == 5  # Hindi, in Hindi
    assert [cell_len(SPACING_MARK), cell_len(WIDENED)] == [2, 1]
    DrawnWidths().count()
    assert cell_len(SPACING_MARK) == 1


@pytest.mark.usefixtures("counting")
def test_letters_are_parted_where_a_terminal_gives_two_of_them_one_cell() -> None:
    joined, parted = "\u0915\u094d\u0937", "\u0915\u094d\u200c\u0937"
    widths(MEASURED_IN_TMUX).count()
    assert safe_line(joined) == joined
    widths((*MEASURED_IN_TMUX[:-1], 1)).count()
    assert safe_line(joined) == safe_line(parted) == safe_name(joined) == parted
    assert cell_len(parted) == 2


def test_answers_that_are_missing_mean_nothing() -> None:
    assert DrawnWidths.of(AS_COUNTED[1:]) is None


def test_a_terminal_is_asked_once(tmp_path: Path) -> None:
    book = WidthBook(tmp_path, TMUX)
    assert book.must_ask()
    book.keep(widths(MEASURED_IN_TMUX))
    again = WidthBook(tmp_path, TMUX)
    assert not again.must_ask()
    assert again.read() == widths(MEASURED_IN_TMUX)


@pytest.mark.parametrize("other", [{"TERM_PROGRAM_VERSION": "3.5"}, {"TMUX": ""}, {"TERM": "xterm-kitty"}])
def test_another_terminal_is_asked_for_itself(tmp_path: Path, other: dict[str, str]) -> None:
    WidthBook(tmp_path, TMUX).keep(widths(MEASURED_IN_TMUX))
    assert WidthBook(tmp_path, TMUX | other).must_ask()


def test_a_terminal_without_a_name_of_its_own_is_asked_each_time(tmp_path: Path) -> None:
    book = WidthBook(tmp_path, {"TERM": "xterm-256color", "SSH_CONNECTION": "1 2 3 4"})
    book.keep(widths(AS_COUNTED))
    assert book.must_ask()
    assert book.read() == widths(AS_COUNTED)


def test_a_dumb_terminal_is_not_asked(tmp_path: Path) -> None:
    assert not WidthBook(tmp_path, {"TERM": "dumb"}).must_ask()


def test_terminals_that_are_long_gone_are_forgotten(tmp_path: Path) -> None:
    for number in range(MAX_TERMINALS + 2):
        WidthBook(tmp_path, TMUX | {"TERM_PROGRAM_VERSION": str(number)}).keep(widths(AS_COUNTED))
    assert WidthBook(tmp_path, TMUX | {"TERM_PROGRAM_VERSION": "0"}).must_ask()
    assert not WidthBook(tmp_path, TMUX | {"TERM_PROGRAM_VERSION": "2"}).must_ask()


def test_a_file_that_cannot_be_read_or_written_is_no_hindrance(tmp_path: Path) -> None:
    (tmp_path / "widths.json").write_text("{")
    assert WidthBook(tmp_path, TMUX).read() == DrawnWidths()
    (tmp_path / "file").touch()
    WidthBook(tmp_path / "file", TMUX).keep(widths(AS_COUNTED))


def test_a_long_variable_is_cut() -> None:
    assert len(terminal_name({"TERM": "x" * 10_000})) < 200
