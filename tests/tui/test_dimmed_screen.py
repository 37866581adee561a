"""What stands behind a dialog is the screen below it, tinted as Textual would."""

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen
from textual.strip import Strip

from tuichat.tui.widgets.dimmed_screen import dimmed

SEGMENTS = [
    Segment("plain"),
    Segment("ink", Style(color="#ff8000")),
    Segment("both", Style(color="#ff8000", bgcolor="#102030", bold=True)),
    Segment("link", Style(color="#ff8000", link="https://example.org", meta={"@click": "x"})),
]


@pytest.mark.parametrize("tint", [Color(10, 20, 30, 0.7), Color(10, 20, 30, 0)])
def test_a_line_is_tinted_as_textual_does(tint: Color) -> None:
    assert dimmed(Strip(SEGMENTS), tint, Style()) == Strip(BackgroundScreen.process_segments(SEGMENTS, tint))


def test_what_has_no_colour_takes_that_of_the_dialog() -> None:
    base = Style(color="#010203", bgcolor="#040506")
    styles = [segment.style for segment in dimmed(Strip(SEGMENTS), Color(10, 20, 30, 0.7), base)]
    assert [style is not None and style.bgcolor == base.bgcolor for style in styles] == [True, True, False, True]
    assert [style is not None and style.color == base.color for style in styles] == [True, False, False, False]
