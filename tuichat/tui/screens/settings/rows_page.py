"""What the pages of a server's settings share that list things: rows that are loaded, choices, questions, and attempts."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.state import GuildState
from tuichat.text.choices import Choice
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.choice_dialog import ChoiceDialog
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.line_form import LineForm
from tuichat.tui.screens.pick import PickDialog
from tuichat.tui.screens.settings.guild_dialog import GuildDialog
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

T = TypeVar("T")


class RowsPage(GuildDialog):
    """Answers whether something was changed. A subclass says what there is, and what choosing a row means."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", guild_id: int) -> None:
        super().__init__(client, guild_id)
        self._is_loading = True
        self._fault = ""
        self._has_changed = False

    # What a subclass says.

    def heading(self) -> str:
        """Return what it is about, in safe text."""
        raise NotImplementedError

    def note(self) -> str:
        return _("enter opens it · / filters · esc goes back")

    def told(self) -> str:
        """Return what is to be said of the rows, as that there are none; empty for nothing. Safe text."""
        return ""

    async def load(self) -> None:
        """Ask the server for what the rows show. Raises ClientError."""

    def rows(self) -> list[ChoiceRow]:
        """Return what there is now; the cursor begins on the first that can be chosen."""
        raise NotImplementedError

    def chosen(self, name: str) -> None:
        """Act on the row of this id."""
        raise NotImplementedError

    # What it does with that.

    def make_rows(self) -> ChoiceRows:
        return ChoiceRows(self.chosen, id="choices")

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static("", id="heading", classes="dialog-title", markup=False)
            yield self.make_rows()
            yield Static("", id="note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(ChoiceRows).focus()
        self._begin_load()

    def reload(self) -> None:
        if self.is_open:
            self.show_again()
            self._begin_load()

    def _begin_load(self) -> None:
        self.run_worker(self._load(), group="load", exclusive=True)

    async def _load(self) -> None:
        self._fault = ""
        try:
            await self.load()
        except ClientError as error:
            self._fault = safe_line(str(error))
        self._is_loading = False
        self.show_again()

    def show_guild(self, guild: GuildState) -> None:
        self.query_one("#heading", Static).update(self.heading())
        rows = self.query_one(ChoiceRows)
        items = self.rows()
        rows.show_rows(items)
        told = _("looking …") if self._is_loading else self._fault or self.told()
        self.query_one("#note", Static).update(f"{told}\n{self.note()}" if told else self.note())
        if rows.cursor_row is None and (first := next((row for row in items if row.id), None)) is not None:
            rows.move_cursor_to(first.id)

    def attempt(self, work: Awaitable[T], told: str = "", *, done: Callable[[T], None] | None = None) -> None:
        """Do something, tell of it, and show what there is then, or call `done` with what came; `told` is safe text."""

        async def attempted() -> None:
            try:
                answer = await work
            except ClientError as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            else:
                self._has_changed = True
                if told:
                    self.app.notify(told, markup=False, timeout=4)
                if done is not None:
                    done(answer)
                    return
            self.reload()

        self.run_to_end(attempted())

    def ask(self, question: str, detail: str, label: str, work: Callable[[], Awaitable[object]], told: str) -> None:
        """Do something once the user is sure; all texts are safe."""

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.attempt(work(), told)

        self.app.push_screen(ConfirmDialog(question, detail, label), decided)

    def rename(
        self, heading: str, detail: str, name: str, max_characters: int, work: Callable[[str], Awaitable[object]]
    ) -> None:
        """Ask for another name, and give it; the texts are safe."""

        def named(line: str | None) -> None:
            if line and line != name:
                self.attempt(work(line))

        self.app.push_screen(LineForm(heading, detail, name, max_characters), named)

    def pick(self, heading: str, rows: Sequence[ChoiceRow], then: Callable[[str], None], *, chosen: str = "") -> None:
        """Have one of some rows chosen, and go on with its id."""

        def picked(name: str | None) -> None:
            if name is not None:
                then(name)

        if rows:
            self.app.push_screen(ChoiceDialog(heading, rows, chosen=chosen), picked)
        else:
            self.app.notify(_("There is nothing here that you could choose."), severity="warning", timeout=4)

    def pick_person(self, heading: str, choices: Callable[[], Sequence[Choice]], then: Callable[[str], None]) -> None:
        """Have somebody chosen by typing; of a large server's members, those are asked for whose names begin so."""

        def ask(beginning: str) -> None:
            if self.client.state.lists_lazily(self.guild_id):
                self.run_worker(self._search(beginning), group="search", exclusive=True)

        def picked(values: list[str] | None) -> None:
            if values:
                then(values[0])

        self.app.push_screen(PickDialog(heading, choices, ask=ask), picked)

    async def _search(self, beginning: str) -> None:
        try:
            await self.client.members.search(self.guild_id, beginning)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)

    def open(self, screen: Screen[bool]) -> None:
        """Open another screen, and show what there is when it is left."""

        def left(has_changed: bool | None) -> None:
            self._has_changed |= bool(has_changed)
            self.reload()

        self.app.push_screen(screen, left)

    def action_close(self) -> None:
        self.dismiss(self._has_changed)
