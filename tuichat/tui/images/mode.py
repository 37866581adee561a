"""How this terminal shows pictures."""

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tuichat.tui.terminal_queries import Answers

_SIXEL_TERMS = ("foot", "mlterm", "contour")
_SIXEL_PROGRAMS = ("WezTerm", "iTerm.app")
_KITTY_NAMES = ("kitty", "ghostty")  # as XTVERSION begins
SIXEL = 4  # of the primary device attributes


class ImageMode(Enum):
    KITTY = "kitty"  # the graphics protocol with Unicode placeholders
    SIXEL = "sixel"  # on a screen of its own; in the list, which scrolls, blocks
    BLOCKS = "blocks"  # two pixels a cell
    OFF = "off"  # names only


def image_mode(
    setting: str, environment: Mapping[str, str], color_system: str | None, answers: "Answers | None" = None
) -> ImageMode:
    """Decide by the setting, the environment, rich's name of what colours there are, and what the terminal answered.

    Other terminals answer the graphics query and know no placeholders, so kitty and ghostty are known by their names, which
    the terminal tells where the environment does not (over SSH). Within tmux pictures go through only where it lets them,
    which has to be asked for by the setting.
    """
    if setting == "off" or color_system not in ("truecolor", "256"):
        return ImageMode.OFF
    if setting != "auto":
        return ImageMode(setting)
    if environment.get("TMUX"):
        return ImageMode.BLOCKS
    term = environment.get("TERM", "")
    is_kitty = term in ("xterm-kitty", "xterm-ghostty") or "KITTY_WINDOW_ID" in environment
    has_sixels = term.startswith(_SIXEL_TERMS) or environment.get("TERM_PROGRAM") in _SIXEL_PROGRAMS
    if answers is not None:
        is_kitty = is_kitty or (answers.kitty_graphics and answers.version.casefold().startswith(_KITTY_NAMES))
        has_sixels = has_sixels or SIXEL in (answers.attributes or ())
    if is_kitty and color_system == "truecolor":
        return ImageMode.KITTY
    return ImageMode.SIXEL if has_sixels else ImageMode.BLOCKS


def must_ask(setting: str, environment: Mapping[str, str], color_system: str | None) -> bool:
    """Say whether only the terminal itself can tell: the environment names none that is known, and no tmux is between."""
    unknown = image_mode(setting, environment, color_system) is ImageMode.BLOCKS
    return unknown and setting == "auto" and not environment.get("TMUX")
