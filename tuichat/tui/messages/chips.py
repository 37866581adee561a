"""What can be pressed in a message as chips: side by side, and numbered for the keys while the message is selected."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.style import Style

from tuichat.tui.messages.drawing import Pieces
from tuichat.tui.styles.palette import Palette
from tuichat.tui.wrap import Piece

MAX_NUMBER = 9  # there are no more digits
# What the digits press; all else in a message has keys of its own, or is for the mouse alone.
NUMBERED = ("vote:", "component:", "toggle:")


class Numbers:
    """Gives the first things that can be pressed in a message their digits, in the order in which they are drawn."""

    def __init__(self, *, is_shown: bool) -> None:
        self._is_shown = is_shown
        self._last = 0

    def take(self) -> str:
        """Return the digit of the next thing, empty where none is shown."""
        self._last += 1
        return str(self._last) if self._is_shown and self._last <= MAX_NUMBER else ""


NO_NUMBERS = Numbers(is_shown=False)


def chip(palette: Palette, text: str, action: str | None, number: str = "", style: str = "chip") -> Pieces:
    """Return a chip; `text` is safe."""
    base = palette.style(style)
    if not number:
        return [Piece(f" {text} ", base, action)]
    # On the accent's own background the digit keeps the chip's colour.
    digit = base if style == "chip-accent" else base + palette.style("accent-bold")
    return [Piece(number, digit, action), Piece(f" {text} ", base, action)]


def cells(pieces: Pieces) -> int:
    return sum(cell_len(piece.text) for piece in pieces)


def flow(chips: Sequence[Pieces], width: int) -> list[Pieces]:
    """Put chips beside each other, a cell between them, in as many lines as they need."""
    lines: list[Pieces] = []
    used = 0
    for each in chips:
        needed = cells(each)
        if lines and used + 1 + needed <= width:
            lines[-1] += [Piece(" ", Style()), *each]
            used += 1 + needed
        else:
            lines.append(list(each))
            used = needed
    return lines
