"""Compares a screen with the one kept in a file: its text line by line, and the styles of every run of cells.

`TUICHAT_UPDATE_SNAPSHOTS=1 pytest tests/tui` writes the files anew; look at the pictures before you keep them.
"""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

from rich.color import Color
from rich.style import Style
from textual.strip import Strip

FOLDER = Path(__file__).parent / "snapshots"
UPDATE = os.environ.get("TUICHAT_UPDATE_SNAPSHOTS", "") not in ("", "0")


def _colour(colour: Color | None) -> str:
    return "-" if colour is None or colour.is_default else colour.get_truecolor().hex.removeprefix("#")


def _style(style: Style | None) -> str:
    if style is None:
        return "- -"
    words = [name for name in ("bold", "dim", "italic", "underline", "strike", "reverse") if getattr(style, name)]
    if style.link:
        words.append("link")
    return " ".join([_colour(style.color), _colour(style.bgcolor), *words])


def describe(strips: Iterable[Strip]) -> str:
    """Return a screen as text: its lines, then for each line the styles of its runs, named once."""
    names: dict[str, str] = {}
    texts: list[str] = []
    styles: list[str] = []
    for strip in strips:
        texts.append("|" + strip.text.rstrip() + "|")
        runs: list[tuple[str, int]] = []
        for segment in strip.simplify():
            name = names.setdefault(_style(segment.style), f"s{len(names)}")
            if runs and runs[-1][0] == name:
                runs[-1] = (name, runs[-1][1] + segment.cell_length)
            else:
                runs.append((name, segment.cell_length))
        styles.append(" ".join(f"{name}:{cells}" for name, cells in runs))
    legend = [f"{name} = {style}" for style, name in names.items()]
    return "\n".join([*texts, "", *styles, "", *legend, ""])


def compare(name: str, strips: Iterable[Strip]) -> None:
    """Raise AssertionError with the difference when a screen is not as kept under `name`."""
    now = describe(strips)
    path = FOLDER / f"{name}.txt"
    if UPDATE:
        path.parent.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
        return
    assert path.exists(), f"no snapshot {path.name}: make it with TUICHAT_UPDATE_SNAPSHOTS=1 and look at its picture"
    kept = path.read_text(encoding="utf-8")
    difference = "\n".join(difflib.unified_diff(kept.splitlines(), now.splitlines(), "kept", "now", lineterm="", n=1))
    assert kept == now, f"the screen {name} is not as it was:\n{difference}"
