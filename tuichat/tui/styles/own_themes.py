"""Themes that users write: a TOML file each, which says what differs from one of ours.

base = "dark"

[colours]
accent-fg = "#ff8800"
"""

import tomllib
from pathlib import Path
from typing import Any

from textual.color import Color, ColorParseError
from textual.theme import Theme

from tuichat.errors import TuichatError
from tuichat.tui.styles.themes import COLOUR_NAMES, THEMES, make_theme

MAX_FILE_BYTES = 64 * 1024


class ThemeError(TuichatError):
    """A theme that cannot be used, with the file and what is wrong in it."""


def names(folder: Path) -> list[str]:
    """Return the names of the themes in a folder, in order."""
    return sorted(path.stem for path in folder.glob("*.toml") if path.stem not in THEMES)


def read(folder: Path, name: str) -> Theme:
    """Return one of ours by its name, else the user's own from `folder`. Raises ThemeError."""
    if name in THEMES:
        return THEMES[name]
    path = folder / f"{name}.toml"
    if "/" in name or name.startswith("."):
        raise ThemeError(f"A theme's name is a file's name without .toml, got {name[:60]!r}.")
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ThemeError(f"{path} has {path.stat().st_size} bytes; a theme has at most {MAX_FILE_BYTES}.")
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join([*THEMES, *names(folder)])
        raise ThemeError(f"There is no theme {name[:60]!r}: there are {known}, and files in {folder}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeError(f"Cannot read {path}: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(f"{path} is not valid TOML: {error}.") from error
    return _theme(name, table, path)


def _theme(name: str, table: dict[str, Any], path: Path) -> Theme:  # TOML's values are of any type until checked here
    unknown = sorted(set(table) - {"base", "colours"})
    if unknown:
        raise ThemeError(f"{path}: there is no {unknown[0]}; a theme has base and [colours].")
    base = table.get("base", "dark")
    if base not in THEMES:
        raise ThemeError(f"{path}: base is {base!r}; it takes {', '.join(THEMES)}.")
    colours = table.get("colours", {})
    if not isinstance(colours, dict):
        raise ThemeError(f"{path}: colours is a table and is written [colours].")
    for key, value in colours.items():
        _check(key, value, path)
    ours = THEMES[base]
    return make_theme(f"own-{name}", ours.variables | colours, dark=ours.dark, ansi=ours.ansi)


def _check(key: str, value: object, path: Path) -> None:
    if key not in COLOUR_NAMES:
        raise ThemeError(f"{path}: there is no colour {key[:60]}; there are {', '.join(COLOUR_NAMES)}.")
    try:
        if not isinstance(value, str):
            raise ValueError
        colour = Color.parse(value)
        if colour.a != 1:
            raise ValueError
    except (ColorParseError, ValueError):
        raise ThemeError(f'{path}: {key} is {str(value)[:60]!r}; it takes a colour such as "#8aadf4".') from None
