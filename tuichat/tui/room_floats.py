"""Reactions that float over the stage: each begins at its lowest line, rises, fades, and is gone after a moment."""

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len

from tuichat.client.room_composer import FLOAT_MS
from tuichat.client.room_view import Reaction
from tuichat.text.safe_text import safe_name
from tuichat.tui.widgets.line import fit

NAMED = 0.5  # of that time it says whose it is; after it the emoji is alone
NAME_FADES = 0.25
FADES = 0.85  # after it, it is a dot
FLOAT_CELLS = ((36, 6), (60, 10))  # at the right of a stage narrower than so many cells: of emoji alone, of short names
WIDE_FLOAT_CELLS = 18
EMOJI_CELLS = 3


class Float(msgspec.Struct, frozen=True):
    """A piece of a line: safe text and its style."""

    text: str
    style: str


def float_cells(width: int) -> int:
    """Return the cells that are kept for reactions, so that none moves anything."""
    return next((cells for limit, cells in FLOAT_CELLS if width < limit), WIDE_FLOAT_CELLS)


def floats(reactions: Sequence[Reaction], now_ms: int, lines: int, cells: int) -> list[tuple[Float, ...]]:
    """Return what floats over each of so many lines, the uppermost first, in at most `cells`; `now_ms` of their clock."""
    found: list[list[tuple[Reaction, float]]] = [[] for _line in range(lines)]
    for reaction in sorted(reactions, key=lambda each: -each.since_ms):
        age = (now_ms - reaction.since_ms) / FLOAT_MS
        if 0 <= age < 1 and lines:
            found[lines - 1 - int(age * lines)].append((reaction, age))
    return [_line_of(here, cells) for here in found]


def _line_of(here: Sequence[tuple[Reaction, float]], cells: int) -> tuple[Float, ...]:
    if len(here) == 1:
        reaction, age = here[0]
        sign = _sign(reaction, age, cells)
        room = cells - cell_len(sign.text) - 1
        if age < NAMED and room >= EMOJI_CELLS and reaction.name:
            style = "muted" if age < NAME_FADES else "dim"
            return (sign, Float(" " + fit(safe_name(reaction.name), room), style))
        return (sign,)
    shown: list[Float] = []
    used = 0
    for reaction, age in here:
        sign = _sign(reaction, age, EMOJI_CELLS - 1)
        used += cell_len(sign.text) + bool(shown)
        if used > cells:
            break
        shown.append(Float((" " if shown else "") + sign.text, sign.style))
    return tuple(shown)


def _sign(reaction: Reaction, age: float, cells: int) -> Float:
    if age >= FADES:
        return Float("·", "dim")
    return Float(fit(safe_name(reaction.emoji), cells), "text")
