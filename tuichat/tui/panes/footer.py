"""The keys that matter where the focus is; a click does what the key does."""

from collections.abc import Sequence

from tuichat.tui import gestures
from tuichat.tui.key_table import Hint
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder
from tuichat.tui.widgets.line_bar import LineBar


class Footer(LineBar):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._hints: Sequence[Hint] = ()

    def show(self, hints: Sequence[Hint]) -> None:
        if hints != self._hints:
            self._hints = hints
            self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        builder = LineBuilder(palette.background("rail")).space()
        for hint in self._hints:
            needed = len(hint.key) + len(hint.label) + 1
            if builder.cells + needed > width - 1:
                continue
            builder.add(hint.key, palette.style("accent-bold"), hint.action)
            builder.add(f" {hint.label}", palette.style("muted"), hint.action).space(3)
        return [builder.build(width)]

    def act(self, action: str) -> None:
        self.post_message(gestures.HintChosen(action))
