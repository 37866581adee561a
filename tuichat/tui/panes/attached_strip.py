"""The line over the composer that lists what goes with the next message; each file can be taken off it."""

from collections.abc import Sequence

import msgspec

from tuichat.text.safe_text import safe_name
from tuichat.text.size_words import size_words
from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar

NAME_CELLS = 24


class AttachedFile(msgspec.Struct, frozen=True):
    name: str
    size_bytes: int


class AttachedStrip(LineBar):
    """Posts which file is to go. Takes no room while there is none."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._files: tuple[AttachedFile, ...] = ()
        self.display = False

    def show(self, files: Sequence[AttachedFile]) -> None:
        self._files = tuple(files)
        self.display = bool(files)
        self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        builder = LineBuilder(palette.background("main"))
        for number, file in enumerate(self._files):
            text = f" ▤ {fit(safe_name(file.name, 'file'), NAME_CELLS)} {size_words(file.size_bytes)} ✕ "
            left = len(self._files) - number
            if builder.cells + len(text) > width - (6 if left > 1 else 0):
                builder.add(_(" +{count}").format(count=left), palette.style("muted"))
                break
            builder.add(text, palette.style("chip"), str(number)).space()
        return [builder.build(width)]

    def act(self, action: str) -> None:
        self.post_message(gestures.AttachedRemoved(int(action)))
