"""The styles that line-drawn panes use, made of the theme's colours by meaning."""

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color, ColorSystem
from rich.style import Style
from textual.color import Color as ScreenColor

from tuichat.tui.styles.themes import HUES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.widget import Widget

MIN_CONTRAST = 3.0  # of a role's colour on the background: WCAG 2.1, 1.4.3, for large text

# name: foreground, background (theme names; empty for "as it is"), attributes.
_STYLES: dict[str, tuple[str, str, str]] = {
    "text": ("text-fg", "", ""),
    "bright": ("bright-fg", "", "bold"),
    "muted": ("muted-fg", "", ""),
    "dim": ("dim-fg", "", ""),
    "line": ("line-fg", "", ""),
    "accent": ("accent-fg", "", ""),
    "accent-bold": ("accent-fg", "", "bold"),
    "good": ("good-fg", "", ""),
    "good-bold": ("good-fg", "", "bold"),
    "warn": ("warn-fg", "", ""),
    "warn-bold": ("warn-fg", "", "bold"),
    "bad": ("bad-fg", "", ""),
    "bad-bold": ("bad-fg", "", "bold"),
    "bad-line": ("bad-line-fg", "", ""),
    "stage": ("stage-fg", "", ""),
    "stage-bold": ("stage-fg", "", "bold"),
    "badge": ("badge-fg", "bad-fg", "bold"),
    "badge-quiet": ("badge-fg", "stage-fg", ""),
    "chip": ("text-fg", "chosen-bg", ""),
    "chip-accent": ("badge-fg", "accent-fg", "bold"),
    "chip-bad": ("bad-fg", "bad-bg", ""),
    "pill": ("text-fg", "pill-bg", "bold"),
    "pill-edge": ("pill-bg", "", ""),
    "pill-chosen": ("badge-fg", "accent-fg", "bold"),
    "pill-chosen-edge": ("accent-fg", "", ""),
    "code": ("text-fg", "code-bg", ""),
    "code-comment": ("dim-fg", "code-bg", "italic"),
    "code-keyword": ("stage-fg", "code-bg", ""),
    "code-string": ("good-fg", "code-bg", ""),
    "code-number": ("hue-3", "code-bg", ""),
    "code-name": ("accent-fg", "code-bg", ""),
    "code-builtin": ("hue-5", "code-bg", ""),
    "code-inserted": ("good-fg", "code-bg", ""),
    "code-deleted": ("bad-fg", "code-bg", ""),
    "link": ("channel-fg", "", "underline"),
    "mention": ("channel-fg", "channel-chip-bg", ""),
    "mention-of-me": ("mention-fg", "mention-chip-bg", "bold"),
    "spoiler": ("spoiler-bg", "spoiler-bg", ""),
    "quote-bar": ("dim-fg", "", ""),
    "selected-text": ("badge-fg", "accent-fg", ""),
}
_BACKGROUNDS = {
    "chosen": "chosen-bg",
    "cursor": "cursor-bg",
    "mentioned": "mention-bg",
    "rail": "rail-bg",
    "side": "side-bg",
    "main": "main-bg",
    "raised": "raised-bg",
}
# Without colours, what stands out is reversed or underlined.
_WITHOUT_COLOUR = {
    "badge": "reverse bold",
    "badge-quiet": "reverse",
    "chip": "underline",
    "code-keyword": "bold",
    "code-comment": "italic",
    "chip-accent": "reverse bold",
    "chip-bad": "underline",
    "pill-chosen": "reverse bold",
    "mention": "underline",
    "mention-of-me": "reverse bold",
    "selected-text": "reverse",
    "spoiler": "conceal reverse",
    "muted": "",
    "dim": "",
    "accent-bold": "bold",
}


class Palette:
    """Styles by meaning; `style` for text, `background` for whole lines, `hue` for people."""

    def __init__(self, colours: "Mapping[str, str]", *, has_colour: bool) -> None:
        self._has_colour = has_colour
        self._colours = {name: _drawn(colour) for name, colour in colours.items()}
        self._is_ansi = colours["main-bg"].startswith("ansi_")
        self._styles = {name: self._make(name) for name in _STYLES}
        self._backgrounds = {
            name: Style(bgcolor=self._colours[colour]) if has_colour else Style(reverse=name == "cursor")
            for name, colour in _BACKGROUNDS.items()
        }
        self._hues = [Style(color=self._colours[f"hue-{number}"]) if has_colour else Style() for number in range(HUES)]
        self._main = ScreenColor.parse(colours["main-bg"])
        self._bright = ScreenColor.parse(colours["bright-fg"])
        self._roles: dict[int, Style] = {}

    def _make(self, name: str) -> Style:
        foreground, background, attributes = _STYLES[name]
        if not self._has_colour:
            return Style.parse(_WITHOUT_COLOUR.get(name, attributes) or "none")
        style = Style.parse(attributes or "none")
        colour = self._colours[foreground] if foreground else None
        return style + Style(color=colour, bgcolor=self._colours[background] if background else None)

    def style(self, name: str) -> Style:
        return self._styles[name]

    def background(self, name: str) -> Style:
        return self._backgrounds[name]

    def hue(self, number: int) -> Style:
        """Return one of the theme's colours for people and guilds, 0 to HUES - 1."""
        return self._hues[number]

    def role_colour(self, rgb: int) -> Style:
        """Return a role's colour, moved towards the text's until it can be read on the background."""
        if rgb not in self._roles:
            self._roles[rgb] = self._readable(rgb)
        return self._roles[rgb]

    def _readable(self, rgb: int) -> Style:
        if not self._has_colour:
            return Style()
        colour = ScreenColor(rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255)
        if self._is_ansi:  # the nearest of the terminal's own
            return Style(color=Color.from_rgb(*colour.rgb).downgrade(ColorSystem.STANDARD))
        text = self._bright
        for _ in range(8):
            if _contrast(colour, self._main) >= MIN_CONTRAST:
                break
            colour = colour.blend(text, 0.2)
        return Style(color=Color.from_rgb(*colour.rgb))


def _drawn(colour: str) -> str:
    """Return a theme's colour as rich names it: `ansi_blue` of Textual is `blue` there."""
    return colour.removeprefix("ansi_")


def _luminance(colour: ScreenColor) -> float:
    """Return the relative luminance, 0 to 1 (WCAG 2.1, definitions)."""
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: ScreenColor, other: ScreenColor) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=8)
def _palette(colours: tuple[tuple[str, str], ...], has_colour: bool) -> Palette:
    return Palette(dict(colours), has_colour=has_colour)


def palette_of(widget: "Widget") -> Palette:
    """Return the palette of the theme that a widget's app shows now."""
    app = widget.app
    has_colour = not app.no_color and app.console.color_system is not None
    return _palette(tuple(app.current_theme.variables.items()), has_colour)
