"""Every theme gives every colour; what has to be read can be read."""

import pytest
from textual.color import Color

from tuichat.tui.styles.palette import _contrast
from tuichat.tui.styles.themes import COLOUR_NAMES, THEMES

BACKGROUNDS = ("rail-bg", "side-bg", "main-bg", "raised-bg")
TEXTS = ("bright-fg", "text-fg", "muted-fg", "accent-fg", "good-fg", "warn-fg", "bad-fg", "channel-fg")


@pytest.mark.parametrize("name", THEMES)
def test_a_theme_gives_every_colour(name: str) -> None:
    assert set(COLOUR_NAMES) <= set(THEMES[name].variables)


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("text", [*TEXTS, "dim-fg", *(f"hue-{number}" for number in range(8))])
def test_high_contrast_is_seven_to_one(text: str, background: str) -> None:
    colours = THEMES["high-contrast"].variables
    assert _contrast(Color.parse(colours[text]), Color.parse(colours[background])) >= 7


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("text", ["bright-fg", "text-fg"])
def test_text_is_four_and_a_half_to_one(name: str, text: str) -> None:
    colours = THEMES[name].variables
    for background in (*BACKGROUNDS, "chosen-bg", "cursor-bg", "mention-bg"):
        assert _contrast(Color.parse(colours[text]), Color.parse(colours[background])) >= 4.5
