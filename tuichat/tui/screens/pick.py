"""Choose one or several of a list: type to narrow it, Enter takes or marks a row."""

from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Input, Static

from tuichat.text.choices import Choice
from tuichat.translation import _, ngettext
from tuichat.tui import keys
from tuichat.tui.completion import rank
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.widgets.sign_input import SignInput

MAX_SHOWN = 200
ASK_AFTER_S = 0.3  # taste: a pause in typing, after which the server is asked for people


class ChoiceRow(ListRow, frozen=True):
    choice: Choice
    is_marked: bool = False
    has_mark: bool = False  # several may be chosen

    @property
    def key(self) -> Hashable | None:
        return self.choice.value


class ChoiceRows(LineList[ChoiceRow]):
    BACKGROUND = "raised"

    class Taken(Message):
        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    def draw(self, row: ChoiceRow, look: Look) -> list[Line]:
        palette, choice = look.palette, row.choice
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        if row.has_mark:
            builder.add("[x] " if row.is_marked else "[ ] ", palette.style("accent" if row.is_marked else "dim"))
        elif row.is_marked:
            builder.add("✓ ", palette.style("accent"))
        if choice.sign:
            builder.add(choice.sign, palette.style("muted")).space()
        builder.add(fit(choice.label, max(1, look.width - builder.cells - 1)), palette.style("text"))
        room = look.width - builder.cells - 3
        if choice.detail and room > 3:
            builder.space(2).add(fit(choice.detail, room), palette.style("dim"))
        return [builder.build(look.width)]

    def shows_cursor(self) -> bool:
        return True  # the focus is in the line above

    def choose(self, row: ChoiceRow, action: str | None) -> None:
        self.post_message(self.Taken(row.choice.value))


class PickDialog(Dialog[list[str] | None]):
    """Answers with the values chosen, in the order of the list. `title` is safe."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.PICK)

    def __init__(
        self,
        title: str,
        choices: Callable[[], Sequence[Choice]],
        limits: tuple[int, int] = (1, 1),
        *,
        ask: Callable[[str], None] | None = None,
        chosen: Sequence[str] | None = None,
    ) -> None:
        """`choices` is asked again after `ask` had the server tell more; `chosen` stands in place of what they have chosen."""
        super().__init__()
        self._heading = title
        self._choices = choices
        self._low, self._high = limits
        self._ask = ask
        self._query: str | None = None
        first = [choice.value for choice in choices() if choice.is_chosen] if chosen is None else list(chosen)
        self._marked: dict[str, None] = dict.fromkeys(first[: self._high])

    @property
    def _is_single(self) -> bool:
        return self._high == 1 and self._low == 1

    def compose(self) -> ComposeResult:
        with Vertical(id="pick-box", classes="dialog"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            yield SignInput(placeholder=_("type to narrow the list"), id="query")
            yield ChoiceRows(id="pick-rows")
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("take none"), id="none")
                yield Button(_("take these"), id="done")
            yield Static("", id="pick-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(ChoiceRows).can_focus = False
        self.query_one("#fault").display = False
        self.query_one(".dialog-buttons").display = not self._is_single
        self.query_one("#none").display = self._low == 0
        self.show_choices()
        self.set_focus(self.query_one(Input))

    def show_choices(self) -> None:
        """Show what can be chosen now."""
        self._query = None
        self._show()

    def _show(self) -> None:
        query = self.query_one(Input).value.strip()
        if query == self._query:
            return
        is_other = self._query is not None
        self._query = query
        found = [
            (place, number, choice)
            for number, choice in enumerate(self._choices())
            if (place := rank(query, choice.label, choice.detail) if query else 0) is not None
        ]
        shown = [choice for _place, _number, choice in sorted(found, key=lambda each: each[:2])[:MAX_SHOWN]]
        rows = self.query_one(ChoiceRows)
        rows.show_rows([ChoiceRow(each, each.value in self._marked, has_mark=self._high > 1) for each in shown])
        if is_other or rows.cursor_row is None:
            rows.action_cursor_first()
        self._tell()

    def _tell(self) -> None:
        if self._is_single:
            words = _("enter takes it · ↑↓ choose · esc closes")
        else:
            limits = _("{low} to {high} of them").format(low=self._low, high=self._high)
            count = ngettext("{count} marked", "{count} marked", len(self._marked)).format(count=len(self._marked))
            words = _("enter marks · alt+enter takes them · {limits} · {count}").format(limits=limits, count=count)
        self.query_one("#pick-note", Static).update(words)

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show()
        if self._ask is not None and (query := self._query):
            self.set_timer(ASK_AFTER_S, lambda: self._ask_for(query))

    def _ask_for(self, query: str) -> None:
        if self._ask is not None and query == self._query:
            self._ask(query)

    @on(ChoiceRows.Taken)
    def _taken(self, event: ChoiceRows.Taken) -> None:
        event.stop()
        self._take(event.value)

    def _take(self, value: str) -> None:
        if self._is_single:
            self.dismiss([value])
            return
        if value in self._marked:
            del self._marked[value]
        elif self._high == 1:
            self._marked = {value: None}
        elif len(self._marked) >= self._high:
            self._say(_("At most {count} can be marked.").format(count=self._high))
            return
        else:
            self._marked[value] = None
        rows = self.query_one(ChoiceRows)
        rows.show_rows([msgspec.structs.replace(row, is_marked=row.choice.value in self._marked) for row in rows.rows])
        self._tell()

    def _say(self, sentence: str) -> None:
        fault = self.query_one("#fault", Static)
        fault.display = True
        fault.update(sentence)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._show()
        row = self.query_one(ChoiceRows).cursor_row
        if row is not None:
            self._take(row.choice.value)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "none":
            self.dismiss([])
        else:
            self.action_done()

    def action_done(self) -> None:
        if self._is_single:
            self._submitted()
        elif len(self._marked) < self._low:
            self._say(_("At least {count} are to be marked.").format(count=self._low))
        else:
            order = [choice.value for choice in self._choices()]
            known = [value for value in order if value in self._marked]
            self.dismiss([*known, *(value for value in self._marked if value not in known)])

    def action_cursor_up(self) -> None:
        self._show()
        self.query_one(ChoiceRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        self._show()
        self.query_one(ChoiceRows).action_cursor_down()

    def action_close(self) -> None:
        self.dismiss(None)
