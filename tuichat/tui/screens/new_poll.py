"""A form for a poll: a question, its answers, how long it lasts, and whether one may choose several."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static, TextArea

from tuichat.client.errors import ClientError
from tuichat.client.polls import MAX_ANSWER_CHARACTERS, MAX_ANSWERS, MAX_QUESTION_CHARACTERS
from tuichat.protocol.poll import CreatePollRequest, NewAnswer, PollMedia
from tuichat.text.choices import Choice
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.pick import PickDialog
from tuichat.tui.widgets.sign_area import SignArea
from tuichat.tui.widgets.sign_input import SignInput

HOURS = {
    1: N_("1 hour"),
    4: N_("4 hours"),
    8: N_("8 hours"),
    24: N_("1 day"),
    72: N_("3 days"),
    168: N_("1 week"),
    336: N_("2 weeks"),
}
USUAL_HOURS = 24


class NewPoll(Dialog[bool]):
    """Answers whether the poll was made."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.MODAL)

    def __init__(self, place: str, create: Callable[[CreatePollRequest], Awaitable[object]]) -> None:
        """`place` is safe; `create` raises ClientError."""
        super().__init__()
        self._place = place
        self._create = create
        self._hours = USUAL_HOURS
        self._takes_several = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            title = _("A poll in {channel}").format(channel=self._place)
            yield Static(title, classes="dialog-title", markup=False)
            yield SignInput(placeholder=_("the question"), max_length=MAX_QUESTION_CHARACTERS, id="question")
            words = _("answers, one a line, {count} at most").format(count=MAX_ANSWERS)
            yield Static(words, classes="dialog-label", markup=False)
            yield SignArea(tab_behavior="focus", compact=True, id="answers", classes="modal-text")
            yield Static("", classes="modal-hint", markup=False)
            yield Button("", id="hours", classes="modal-choice")
            yield Button("", id="several", classes="modal-choice")
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("ask"), id="ask")
            words = _("alt+enter asks · tab to the next field · esc closes")
            yield Static(words, classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one("#fault").display = False
        self._show()
        self.query_one("#question").focus()

    def _show(self) -> None:
        lasts = _("lasts {time} ▾").format(time=_(HOURS[self._hours]))
        self.query_one("#hours", Button).label = Content(lasts)
        mark = "x" if self._takes_several else " "
        self.query_one("#several", Button).label = Content(f"[{mark}] {_('several answers may be chosen')}")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.query_one("#answers").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "several":
                self._takes_several = not self._takes_several
                self._show()
            case "hours":
                choices = [Choice(str(hours), _(words)) for hours, words in HOURS.items()]
                dialog = PickDialog(_("How long the poll lasts"), lambda: choices, chosen=[str(self._hours)])
                self.app.push_screen(dialog, self._hours_chosen)
            case _:
                self.action_done()

    def _hours_chosen(self, values: list[str] | None) -> None:
        if values:
            self._hours = int(values[0])
            self._show()

    def action_done(self) -> None:
        question = self.query_one("#question", Input).value.strip()
        lines = self.query_one("#answers", TextArea).text.splitlines()
        answers = [line.strip() for line in lines if line.strip()]
        too_long = next((answer for answer in answers if len(answer) > MAX_ANSWER_CHARACTERS), None)
        if not question:
            self.show_fault(_("A poll needs a question."), "#question")
        elif not 2 <= len(answers) <= MAX_ANSWERS:
            words = _("A poll takes 2 to {most} answers, these are {count}.")
            self.show_fault(words.format(most=MAX_ANSWERS, count=len(answers)), "#answers")
        elif too_long is not None:
            words = _("An answer takes {most} characters: “{answer}” has {count}.")
            self.show_fault(
                words.format(most=MAX_ANSWER_CHARACTERS, answer=safe_line(too_long)[:20], count=len(too_long)),
                "#answers",
            )
        else:
            poll = CreatePollRequest(
                question=PollMedia(text=question),
                answers=[NewAnswer(poll_media=PollMedia(text=answer)) for answer in answers],
                duration=self._hours,
                allow_multiselect=self._takes_several,
            )
            self.run_once(lambda: self._ask(poll))

    async def _ask(self, poll: CreatePollRequest) -> None:
        try:
            await self._create(poll)
        except ClientError as error:
            self.show_fault(str(error), "#question")
        else:
            self.end(True)

    def action_close(self) -> None:
        self.dismiss(False)
