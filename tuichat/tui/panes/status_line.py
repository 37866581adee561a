"""The line above the composer: the connection when it is not there, else who is typing; what is new below."""

import msgspec

from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar

MAX_TYPING_NAMES = 3


class Status(msgspec.Struct, frozen=True):
    connection: str = ""  # a sentence; empty while all is well
    is_refused: bool = False
    typing: tuple[str, ...] = ()
    below: int = 0
    follows: bool = True
    is_past: bool = False  # a gap parts what is in view from the present


class StatusLine(LineBar):
    """Posts that the newest message is asked for."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._status = Status()

    def show(self, status: Status) -> None:
        if status != self._status:
            self._status = status
            self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        status = self._status
        builder = LineBuilder(palette.background("main"))
        chip = ""
        if status.is_past:
            new = _("{count} new").format(count=status.below) + " · " if status.below else ""
            chip = f" {new}{_('to the present')} ↓ "
        elif status.below:
            chip = _(" {below} new below ↓ ").format(below=status.below)
        elif not status.follows:
            chip = _(" to the newest ↓ ")
        room = width - len(chip) - 1
        if status.connection:
            style = palette.style("bad" if status.is_refused else "warn")
            builder.add("✕ " if status.is_refused else "◌ ", style).add(fit(status.connection, max(1, room - 2)), style)
        elif status.typing:
            builder.add("•", palette.style("accent")).add("•", palette.style("muted")).add("•", palette.style("dim"))
            builder.space().add(fit(_typing_words(status.typing), max(1, room - 4)), palette.style("muted"))
        if chip:
            builder.space_to(width - len(chip))
            builder.add(chip, palette.style("chip-accent" if status.below or status.is_past else "chip"), "end")
        return [builder.build(width)]

    def act(self, action: str) -> None:
        self.post_message(gestures.EndAsked())


def _typing_words(names: tuple[str, ...]) -> str:
    if len(names) > MAX_TYPING_NAMES:
        return _("several people are typing")
    if len(names) == 1:
        return _("{name} is typing").format(name=names[0])
    return _("{names} and {last} are typing").format(names=", ".join(names[:-1]), last=names[-1])
