"""The open channels as tabs, above the one that is shown; there only where there are two or more."""

from collections.abc import Sequence

import msgspec
from rich.cells import cell_len

from tuichat.tui import gestures
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar

MAX_CELLS = 24  # of a name (taste)
CLOSE = "×"


class TabLabel(msgspec.Struct, frozen=True):
    """`name` is safe text, with the channel's sign."""

    name: str
    is_shown: bool
    is_unread: bool = False
    mentions: int = 0


class TabBar(LineBar):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._labels: tuple[TabLabel, ...] = ()

    def show(self, labels: Sequence[TabLabel]) -> None:
        if tuple(labels) != self._labels:
            self._labels = tuple(labels)
            self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        builder = LineBuilder(palette.background("side"))
        first = self._first(width)
        if first:
            builder.add("‹", palette.style("accent-bold"), f"show:{first - 1}")
        for index, label in enumerate(self._labels[first:], first):
            name = fit(label.name, MAX_CELLS)
            badge = f" {label.mentions}" if label.mentions else " •" if label.is_unread else ""
            needed = cell_len(name) + cell_len(badge) + 5
            if builder.cells + needed > width - 1:
                builder.add("›", palette.style("accent-bold"), f"show:{index}")
                break
            style = "chip-accent" if label.is_shown else "bright" if badge else "muted"
            builder.add(f" {name}{badge} ", palette.style(style), f"show:{index}")
            builder.add(
                f"{CLOSE} ", palette.style("chip-accent" if label.is_shown else "dim"), f"close:{index}"
            ).space()
        return [builder.build(width)]

    def _first(self, width: int) -> int:
        """Return the tab to begin with, so that the one shown is in view."""
        shown = next((index for index, label in enumerate(self._labels) if label.is_shown), 0)
        room = width - 2
        for index in range(shown, -1, -1):
            room -= min(cell_len(self._labels[index].name), MAX_CELLS) + 8
            if room < 0:
                return min(index + 1, shown)
        return 0

    def act(self, action: str) -> None:
        kind, _, index = action.partition(":")
        if kind == "close":
            self.post_message(gestures.TabClosed(int(index)))
        else:
            self.post_message(gestures.TabChosen(int(index)))
