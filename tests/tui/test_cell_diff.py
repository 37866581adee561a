"""What the slow-link mode sends makes the same screen, in fewer bytes. Line 3.18."""

import io
import random

import pyte
import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import LayoutUpdate
from textual.geometry import Region, Size
from textual.strip import Strip

from tuichat.tui.cell_diff import CellDiff, DiffedUpdate, ShortUpdates
from tuichat.tui.cells import cut_between_signs

WIDTH, HEIGHT = 40, 6
STYLES = [Style(), Style(color="red"), Style(bold=True, bgcolor="#102030")]
WORDS = ["plain text", "日本語", "héllo", "a👍b", "e\u0301clair", "  ", "x" * 12]


def console() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system="truecolor", width=WIDTH)


class Terminal:
    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.sent = 0

    def feed(self, text: str) -> None:
        self.sent += len(text.encode())
        self.stream.feed(text)

    @property
    def shown(self) -> list[list[tuple[str, str, str, bool]]]:
        buffer = self.screen.buffer
        return [
            [(buffer[y][x].data, buffer[y][x].fg, buffer[y][x].bg, buffer[y][x].bold) for x in range(WIDTH)]
            for y in range(HEIGHT)
        ]


def strip_of(drawn: random.Random, width: int) -> Strip:
    strip = Strip([Segment(drawn.choice(WORDS), drawn.choice(STYLES)) for _ in range(drawn.randint(1, 4))])
    return strip.adjust_cell_length(width, Style())


@pytest.mark.parametrize("seed", range(40))
def test_screen_is_the_same_as_without(seed: int) -> None:
    drawn = random.Random(seed)  # no secret
    whole, diffed, known, out = Terminal(), Terminal(), CellDiff(), console()
    lines = {y: strip_of(drawn, WIDTH) for y in range(HEIGHT)}
    for _ in range(30):
        y = drawn.randrange(HEIGHT)
        if drawn.random() < 0.6:
            lines[y] = strip_of(drawn, WIDTH)
        if drawn.random() < 0.2:  # a popup over the middle, and away again
            popup = strip_of(drawn, 12)
            for place in range(1, 4):
                for terminal, text in (
                    (whole, f"\x1b[{place + 1};11H" + popup.render(out)),
                    (diffed, known.write(10, place, popup, out)),
                ):
                    terminal.feed(text)
            continue
        for row, strip in lines.items():
            whole.feed(f"\x1b[{row + 1};1H" + strip.render(out))
            diffed.feed(known.write(0, row, strip, out))
        assert diffed.shown == whole.shown
    assert diffed.sent < whole.sent


def test_what_is_shown_already_is_not_sent() -> None:
    known, out = CellDiff(), console()
    strip = Strip([Segment("measured: 31 ms", Style(color="red"))])
    assert known.write(0, 0, strip, out)
    assert known.write(0, 0, strip, out) == ""
    changed = known.write(0, 0, Strip([Segment("measured: 32 ms", Style(color="red"))]), out)
    assert "measured" not in changed
    assert "2" in changed


def test_forgetting_sends_everything_again() -> None:
    known, out = CellDiff(), console()
    strip = Strip([Segment("text")])
    known.write(0, 0, strip, out)
    known.forget()
    assert "text" in known.write(0, 0, strip, out)


def test_picture_written_past_the_cells_is_overwritten_when_they_are_shown_again() -> None:
    short, out = ShortUpdates(), console()
    update = LayoutUpdate([[Strip([Segment(" " * WIDTH)])]], Region(0, 0, WIDTH, 1))
    shown = Size(WIDTH, HEIGHT)

    def sent(times_begun: int = 1) -> str:
        shortened = short.shortened(update, shown, times_begun)
        assert isinstance(shortened, DiffedUpdate)
        return shortened.render_segments(out)

    assert sent()
    assert not sent()
    short.forget()
    assert sent()
    assert sent(times_begun=2), "the terminal was cleared when the program came back"


def test_a_flag_that_changes_in_half_is_written_whole() -> None:
    cut_between_signs()
    known, out = CellDiff(), console()
    known.write(0, 0, Strip([Segment("a🇫🇷b")]), out)
    assert "🇫🇮" in known.write(0, 0, Strip([Segment("a🇫🇮b")]), out)
