"""Choose how the screen looks, its colours or its language: each shows at once as the cursor reaches it."""

from collections.abc import Callable, Hashable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look


class LiveRow(ListRow, frozen=True):
    name: str
    label: str
    is_chosen: bool

    @property
    def key(self) -> Hashable | None:
        return self.name


class LiveRows(LineList[LiveRow]):
    BACKGROUND = "raised"

    def draw(self, row: LiveRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("● " if row.is_chosen else "○ ", palette.style("accent"))
        return [builder.add(fit(safe_line(row.label), look.width - 2), palette.style("text")).build(look.width)]

    def choose(self, row: LiveRow, action: str | None) -> None:
        screen = self.screen
        if isinstance(screen, LivePicker):
            screen.dismiss(row.name)

    def cursor_moved(self) -> None:
        screen = self.screen
        if isinstance(screen, LivePicker) and self.cursor_row is not None:
            screen.preview(self.cursor_row.name)


class LivePicker(Dialog[str | None]):
    """Answers with the name chosen; leaving brings the one before back. `title` and `note` are marked for translation."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(
        self, title: str, note: str, labels: Mapping[str, str], chosen: str, show: Callable[[str], str]
    ) -> None:
        """`labels` are what people read, by name; `show` shows one of them, and returns what is wrong with it."""
        super().__init__()
        self._title = title
        self._note = note
        self._labels = labels
        self._chosen = chosen
        self._show = show

    def compose(self) -> ComposeResult:
        with Vertical(id="live-box", classes="dialog"):
            yield Static(_(self._title), id="live-title", classes="dialog-title", markup=False)
            yield LiveRows(id="live-rows")
            yield Static("", id="live-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(LiveRows)
        rows.show_rows([LiveRow(name, label, name == self._chosen) for name, label in self._labels.items()])
        rows.styles.height = min(len(self._labels), 12)
        rows.move_cursor_to(self._chosen)
        rows.focus()

    def preview(self, name: str) -> None:
        fault = self._show(name)
        self.query_one("#live-title", Static).update(_(self._title))
        self.query_one("#live-note", Static).update(safe_line(fault) if fault else _(self._note))

    def action_close(self) -> None:
        self._show(self._chosen)
        self.dismiss(None)
