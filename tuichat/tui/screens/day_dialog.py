"""A dialog that asks for a day to read on from."""

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tuichat.text.message_time import clock, day_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.day_words import MAX_CHARACTERS, parse_moment
from tuichat.tui.screens.dialog import Dialog


class DayDialog(Dialog[datetime | None]):
    """Answers with the moment that was typed."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, now: datetime, *, is_12h: bool) -> None:
        super().__init__()
        self._moment_now = now
        self._is_12h = is_12h

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(_("Jump to a day"), classes="dialog-title", markup=False)
            yield Input(placeholder=_("yesterday"), max_length=MAX_CHARACTERS, id="day", select_on_focus=False)
            yield Static("", id="day-meaning", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()
        self._tell("")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._tell(event.value)

    def _tell(self, text: str) -> None:
        moment = parse_moment(text, self._moment_now)
        words = _("For example: yesterday, monday, 3 days ago, 20 nov, 2026-11-20 14:30. esc closes")
        if moment is not None:
            day = day_name(moment.date(), self._moment_now.date())
            words = _("{day}, {time} · enter jumps there · esc closes").format(
                day=day, time=clock(moment, is_12h=self._is_12h)
            )
        elif text.strip():
            words = _("This is no day. {examples}").format(examples=words)
        self.query_one("#day-meaning", Static).update(words)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        moment = parse_moment(event.value or "yesterday", self._moment_now)
        if moment is not None:
            self.dismiss(moment)

    def action_close(self) -> None:
        self.dismiss(None)
