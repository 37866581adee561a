"""What stands behind a dialog: the screen below it, tinted."""

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.css.styles import RulesMap
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual


class DimmedScreen(Visual):
    """Textual's own works each cell's colour out at each frame, and takes lines apart that are whole already."""

    def __init__(self, screen: Screen[object], tint: Color) -> None:
        self._screen = screen
        self._tint = tint

    def render_strips(self, width: int, height: int | None, style: Style, options: RenderOptions) -> list[Strip]:
        """Return the lines of the screen below, cut to the size."""
        strips = self._screen._compositor.render_strips()[:height]
        return [dimmed(strip.crop(0, width), self._tint, style.rich_style) for strip in strips]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self._screen.size.height


def dimmed(strip: Strip, tint: Color, base: RichStyle) -> Strip:
    """Return a strip with a tint over all its colours, those of `base` where it has none, and without links."""
    segments = [Segment(text, _dimmed(style, tint, base), control) for text, style, control in strip]
    return Strip(segments, cell_length=strip.cell_length)


@lru_cache(maxsize=4096)
def _dimmed(style: RichStyle | None, tint: Color, base: RichStyle) -> RichStyle:
    bare = RichStyle() if style is None else style.clear_meta_and_links()
    if tint.a == 0:
        return base + bare
    colour, background = (
        None if each is None else (Color.from_rich_color(each) + tint).rich_color for each in (bare.color, bare.bgcolor)
    )
    return base + bare + RichStyle.from_color(colour, background)
