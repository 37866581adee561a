"""How this terminal shows pictures."""

from collections.abc import Mapping
from enum import Enum

_SIXEL_TERMS = ("foot", "mlterm", "contour")
_SIXEL_PROGRAMS = ("WezTerm", "iTerm.app")


class ImageMode(Enum):
    KITTY = "kitty"  # the graphics protocol with Unicode placeholders
    SIXEL = "sixel"  # on a screen of its own; in the list, which scrolls, blocks
    BLOCKS = "blocks"  # two pixels a cell
    OFF = "off"  # names only


def image_mode(setting: str, environment: Mapping[str, str], color_system: str | None) -> ImageMode:
    """Decide by the setting, the environment and rich's name of what colours there are.

    Other terminals answer the graphics query and know no placeholders, so kitty and ghostty are known by their names; within
    tmux pictures go through only where it lets them, which has to be asked for by the setting.
    """
    if setting == "off" or color_system not in ("truecolor", "256"):
        return ImageMode.OFF
    if setting == "kitty":
        return ImageMode.KITTY
    term = environment.get("TERM", "")
    if setting == "sixel":
        return ImageMode.SIXEL
    is_known = term in ("xterm-kitty", "xterm-ghostty") or "KITTY_WINDOW_ID" in environment
    if setting == "auto" and is_known and not environment.get("TMUX") and color_system == "truecolor":
        return ImageMode.KITTY
    has_sixels = term.startswith(_SIXEL_TERMS) or environment.get("TERM_PROGRAM") in _SIXEL_PROGRAMS
    if setting == "auto" and has_sixels and not environment.get("TMUX"):
        return ImageMode.SIXEL
    return ImageMode.BLOCKS
