"""Sends only the cells that are not on the terminal already: half the bytes.

It knows what it has written, cell by cell; whatever else writes on the screen must make it `forget`.
"""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.control import Control
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Size
from textual.strip import Strip

from tuichat.text.graphemes import is_lone

MAX_GAP = 8  # cells: going over so many that are right already costs less than another move and another colour

Cell = tuple[object, Style | None]  # its sign, or which part of what wide text; and its colours


class CellDiff:
    """What is on the terminal, as far as it is known."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, Cell]] = {}
        self._pen = ""  # the colours that the terminal writes in

    def forget(self) -> None:
        """Know nothing: the terminal was cleared or has another size."""
        self._rows.clear()

    def write(self, x: int, y: int, strip: Strip, console: Console) -> str:
        """Return what makes the terminal show a strip at a place; nothing where it does already."""
        cells, is_plain = _cells(strip)
        row = self._rows.setdefault(y, {})
        changed = [number for number, cell in enumerate(cells, x) if row.get(number) != cell]
        if not changed:
            return ""
        row.update(enumerate(cells, x))
        if not is_plain:
            # Terminals disagree about the width of some signs: what holds one is written as a whole, as Textual does.
            return self.end() + _at(x, y) + strip.render(console)
        written = []
        start = end = changed[0]
        for number in [*changed[1:], x + len(cells) + MAX_GAP + 1]:
            if number - end > MAX_GAP:
                written.append(_at(start, y) + self._render(strip.crop(start - x, end - x + 1), console))
                start = number
            end = number
        return "".join(written)

    def _render(self, strip: Strip, console: Console) -> str:
        """Return a strip's signs; colours are told where they change, which Textual does at each segment."""
        system = console._color_system
        if system is None or any(segment.style is not None and segment.style.link for segment in strip):
            return self.end() + strip.render(console)
        written = []
        for text, style, _ in strip:
            pen = style._make_ansi_codes(system) if style is not None else ""
            if pen != self._pen:
                written.append(f"\x1b[0;{pen}m" if pen else "\x1b[0m")
                self._pen = pen
            written.append(text)
        return "".join(written)

    def end(self) -> str:
        """Return what puts the terminal's own colours back, where others are in use."""
        reset, self._pen = "\x1b[0m" if self._pen else "", ""
        return reset


def _at(x: int, y: int) -> str:
    return Control.move_to(x, y).segment.text


def _cells(strip: Strip) -> tuple[list[Cell], bool]:
    """Return a strip's cells, and whether each sign takes one of them."""
    segments = [segment for segment in strip if not segment.control]
    if all(len(segment.text) == cell_len(segment.text) and is_lone(segment.text) for segment in segments):
        return [(sign, segment.style) for segment in segments for sign in segment.text], True
    whole = tuple((segment.text, segment.style) for segment in segments)
    return [((whole, number), None) for number in range(strip.cell_length)], False


def pieces(update: CompositorUpdate) -> Iterable[tuple[int, int, Strip]]:
    """Return what an update draws: column, row, and what stands there from that column on."""
    if isinstance(update, ChopsUpdate):
        for y, x1, x2 in update.spans:
            for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None and x <= x2 and end > x1:
                    yield x, y, strip if x >= x1 and end <= x2 else strip.crop(0, min(end, x2) - x)
    elif isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield update.region.x, y, Strip.join(line)


class DiffedUpdate(CompositorUpdate):
    """An update that writes only what the terminal does not show yet."""

    def __init__(self, update: CompositorUpdate, known: CellDiff) -> None:
        self._update = update
        self._known = known

    def render_segments(self, console: Console) -> str:
        written = "".join(self._known.write(x, y, strip, console) for x, y, strip in pieces(self._update))
        return written + self._known.end()


class ShortUpdates:
    """Makes updates short, and starts anew when the terminal is another one."""

    def __init__(self) -> None:
        self._known = CellDiff()
        self._terminal: object = None

    def forget(self) -> None:
        """Know nothing of the terminal any more: something else was written over its cells."""
        self._known.forget()

    def shortened(self, update: RenderableType | None, size: Size, times_begun: int) -> RenderableType | None:
        """Return an update that writes less; what is no update of the screen as it is."""
        terminal = (size, times_begun)
        if terminal != self._terminal:
            self._terminal = terminal
            self._known.forget()
        return DiffedUpdate(update, self._known) if isinstance(update, CompositorUpdate) else update
