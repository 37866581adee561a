"""Find a line that was entered before, as shells do by the same key: type a part of it, and it comes into the composer."""

from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.key_table import KeyTable, shown
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.widgets.sign_input import SignInput

MAX_SHOWN = 500  # taste: who looks further types a word more
BREAK = " ↵ "


class EnteredRow(ListRow, frozen=True):
    text: str

    @property
    def key(self) -> Hashable | None:
        return self.text


class EnteredRows(LineList[EnteredRow]):
    BACKGROUND = "raised"

    class Taken(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def draw(self, row: EnteredRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        text = BREAK.join(safe_line(line) for line in row.text.split("\n"))
        style = palette.style("bright" if look.has_cursor else "text")
        return [builder.add(fit(text, max(1, look.width - builder.cells - 1)), style).build(look.width)]

    def shows_cursor(self) -> bool:
        return True  # the focus is in the line above

    def choose(self, row: EnteredRow, action: str | None) -> None:
        self.post_message(self.Taken(row.text))


def matching(texts: Sequence[str], query: str) -> list[EnteredRow]:
    """Return the texts that hold each word of a query, whatever the case, in their order."""
    wanted = query.casefold().split()
    return [EnteredRow(text) for text in texts if all(word in text.casefold() for word in wanted)][:MAX_SHOWN]


class LineSearch(Dialog[str | None]):
    """Answers with the line that is to be in the composer; None leaves there what is there."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.HISTORY)

    def __init__(
        self,
        table: KeyTable,
        load: Callable[[], Awaitable[Sequence[str]]],
        forget: Callable[[str], Awaitable[None]],
        query: str = "",
    ) -> None:
        """`load` returns the lines that are kept, newest first; `query` is what was typed already."""
        super().__init__()
        self._table = table
        self._load = load
        self._forget = forget
        self._first_query = query
        self._texts: list[str] | None = None  # until they are loaded
        self._query: str | None = None  # what the rows shown fit

    def compose(self) -> ComposeResult:
        with Vertical(id="lines-box", classes="dialog"):
            yield SignInput(self._first_query, placeholder=_("Search what you entered before"), id="query")
            yield EnteredRows(id="lines-rows")
            yield Static("", id="lines-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(EnteredRows).can_focus = False
        self.set_focus(self.query_one(Input))
        self._tell()
        self.run_worker(self._begin())

    async def _begin(self) -> None:
        self._texts = list(await self._load())
        self._show()

    def _show(self, *, anew: bool = False) -> None:
        query = self.query_one(Input).value
        if self._texts is None or (query == self._query and not anew):
            return
        rows = self.query_one(EnteredRows)
        rows.show_rows(matching(self._texts, query))
        if query != self._query:
            rows.action_cursor_first()
        self._query = query
        self._tell()

    def _tell(self) -> None:
        words = _("enter takes it · {older} older · {forget} forgets it · esc closes").format(
            older=self._key("history.older"), forget=self._key("history.forget")
        )
        if self._texts is not None and not self._texts:
            words = _("Nothing is kept yet: what you send and run from now on is found here.")
        elif self._texts is not None and not self.query_one(EnteredRows).rows:
            words = _("No line that you entered has this in it.")
        self.query_one("#lines-note", Static).update(words)

    def _key(self, action_id: str) -> str:
        return " ".join(shown(key) for key in self._table.keys_of(action_id)[:1])

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_take()

    @on(EnteredRows.Taken)
    def _taken(self, event: EnteredRows.Taken) -> None:
        self.dismiss(event.text)

    def action_take(self) -> None:
        self._show()
        self.query_one(EnteredRows).action_choose()

    def action_cursor_up(self) -> None:
        self._show()  # the message of a letter typed just before is still on its way
        self.query_one(EnteredRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        self._show()
        self.query_one(EnteredRows).action_cursor_down()

    def action_older(self) -> None:
        self.action_cursor_down()

    async def action_forget(self) -> None:
        self._show()
        row = self.query_one(EnteredRows).cursor_row
        if row is not None and self._texts is not None:
            self._texts.remove(row.text)
            self._show(anew=True)
            await self._forget(row.text)

    def action_close(self) -> None:
        self.dismiss(None)
