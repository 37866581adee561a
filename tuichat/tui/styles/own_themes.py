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
from tuichat.translation import _
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
        raise ThemeError(_("A theme's name is a file's name without .toml, got {name!r}.").format(name=name[:60]))
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise ThemeError(
                _("{path} has {st_size} bytes; a theme has at most {max_file_bytes}.").format(
                    path=path, st_size=path.stat().st_size, max_file_bytes=MAX_FILE_BYTES
                )
            )
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join([*THEMES, *names(folder)])
        raise ThemeError(
            _("There is no theme {name!r}: there are {known}, and files in {folder}.").format(
                name=name[:60], known=known, folder=folder
            )
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ThemeError(_("Cannot read {path}: {error}.").format(path=path, error=error)) from error
    except tomllib.TOMLDecodeError as error:
        raise ThemeError(_("{path} is not valid TOML: {error}.").format(path=path, error=error)) from error
    return _theme(name, table, path)


def _theme(name: str, table: dict[str, Any], path: Path) -> Theme:  # TOML's values are of any type until checked here
    unknown = sorted(set(table) - {"base", "colours"})
    if unknown:
        raise ThemeError(
            _("{path}: there is no {unknown}; a theme has base and [colours].").format(path=path, unknown=unknown[0])
        )
    base = table.get("base", "dark")
    if not isinstance(base, str) or base not in THEMES:
        raise ThemeError(
            _("{path}: base is {base!r}; it takes {names}.").format(path=path, base=base, names=", ".join(THEMES))
        )
    colours = table.get("colours", {})
    if not isinstance(colours, dict):
        raise ThemeError(_("{path}: colours is a table and is written [colours].").format(path=path))
    for key, value in colours.items():
        _check(key, value, path)
    ours = THEMES[base]
    return make_theme(f"own-{name}", ours.variables | colours, dark=ours.dark, ansi=ours.ansi)


def _check(key: str, value: object, path: Path) -> None:
    if key not in COLOUR_NAMES:
        raise ThemeError(
            _("{path}: there is no colour {key}; there are {names}.").format(
                path=path, key=key[:60], names=", ".join(COLOUR_NAMES)
            )
        )
    try:
        if not isinstance(value, str):
            raise ValueError
        colour = Color.parse(value)
        if colour.a != 1:
            raise ValueError
    except (ColorParseError, ValueError):
        raise ThemeError(
            _('{path}: {key} is {value!r}; it takes a colour such as "#8aadf4".').format(
                path=path, key=key, value=str(value)[:60]
            )
        ) from None
