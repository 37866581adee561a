"""Go anywhere: type a part of a name; servers, channels, people and commands of all accounts are offered."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.destinations import Destination, Kind, matching
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, Look
from tuichat.tui.widgets.sign_input import SignInput


class DestinationRows(LineList[Destination]):
    BACKGROUND = "raised"

    class Taken(Message):
        def __init__(self, destination: Destination) -> None:
            super().__init__()
            self.destination = destination

    def draw(self, row: Destination, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        builder.add(row.sign, palette.style("dim")).space(0 if row.kind is Kind.COMMAND else 1)
        is_loud = row.is_unread or row.mentions
        badge = f" {row.mentions} " if row.mentions else " • " if row.is_unread else ""
        builder.add(fit(row.name, max(4, look.width - 8 - len(badge))), palette.style("bright" if is_loud else "text"))
        room = look.width - builder.cells - 3 - len(badge)
        if room > 6:
            builder.space(2).add(fit(row.where, room), palette.style("dim"))
        if badge:
            builder.space_to(look.width - len(badge))
            builder.add(badge, palette.style("badge" if row.mentions else "accent-bold"))
        return [builder.build(look.width)]

    def shows_cursor(self) -> bool:
        return True  # the focus is in the line above

    def choose(self, row: Destination, action: str | None) -> None:
        self.post_message(self.Taken(row))


class SwitcherScreen(Dialog[Destination | None]):
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.SWITCHER)

    def __init__(self, everywhere: Sequence[Destination], words: str = "") -> None:
        """`words` ask for one of `everywhere`, where that is less than everything."""
        super().__init__()
        self._words = words
        self._all = list(everywhere)
        self._query: str | None = None  # what the rows shown fit

    def compose(self) -> ComposeResult:
        with Vertical(id="switcher-box", classes="dialog"):
            words = self._words or _("Go to a channel, server, person or command")
            yield SignInput(placeholder=words, id="query")
            yield DestinationRows(id="switcher-rows")
            hint = _("# channels  @ people  * servers  / commands · enter go · esc close")
            if self._words:
                hint = _("# channels  @ people · enter takes it · esc closes")
            yield Static(hint, classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(DestinationRows).can_focus = False
        self._show("")
        self.set_focus(self.query_one(Input))

    def _show(self, query: str) -> None:
        if query == self._query:
            return
        self._query = query
        found = self.query_one(DestinationRows)
        found.show_rows(matching(self._all, query))
        found.action_cursor_first()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show(self.query_one(Input).value)  # not the message's: it may be older than what a key has shown already

    @on(DestinationRows.Taken)
    def _taken(self, event: DestinationRows.Taken) -> None:
        self.dismiss(event.destination)

    def action_cursor_up(self) -> None:
        self._show(self.query_one(Input).value)  # the message of a letter typed just before is still on its way
        self.query_one(DestinationRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        self._show(self.query_one(Input).value)
        self.query_one(DestinationRows).action_cursor_down()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._show(self.query_one(Input).value)
        self.query_one(DestinationRows).action_choose()

    def action_close(self) -> None:
        self.dismiss(None)
