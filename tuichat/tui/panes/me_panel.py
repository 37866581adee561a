"""Who is signed in in the guild shown, and how the connection stands, in a word."""

import msgspec
from textual import events

from tuichat.tui import gestures
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar


class Me(msgspec.Struct, frozen=True):
    name: str = ""
    username: str = ""
    word: str = ""  # online, connecting, …
    style: str = "dim"  # of the dot, by the palette's name
    dot: str = "○"


class MePanel(LineBar):
    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._me = Me()

    def show(self, me: Me) -> None:
        if me != self._me:
            self._me = me
            self.redraw()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(gestures.AccountAsked())

    def draw(self, width: int, palette: Palette) -> list[Line]:
        me = self._me
        background = palette.background("raised")
        first = LineBuilder(background).add(fit(me.name, width), palette.style("bright"))
        room = width - first.cells - 1
        if me.username and me.username != me.name and room > 3:
            first.space().add(fit(me.username, room), palette.style("dim"))
        second = LineBuilder(background)
        if me.word:
            second.add(me.dot, palette.style(me.style)).space().add(
                fit(me.word, max(1, width - 2)), palette.style("muted")
            )
        return [first.build(width), second.build(width)]
