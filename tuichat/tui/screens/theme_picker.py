"""Choose the colours of the screen: each theme shows at once as the cursor reaches it."""

from collections.abc import Callable, Hashable, Sequence
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


class ThemeRow(ListRow, frozen=True):
    name: str
    is_chosen: bool

    @property
    def key(self) -> Hashable | None:
        return self.name


class ThemeRows(LineList[ThemeRow]):
    BACKGROUND = "raised"

    def draw(self, row: ThemeRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("● " if row.is_chosen else "○ ", palette.style("accent"))
        return [builder.add(fit(safe_line(row.name), look.width - 2), palette.style("text")).build(look.width)]

    def choose(self, row: ThemeRow, action: str | None) -> None:
        screen = self.screen
        if isinstance(screen, ThemePicker):
            screen.dismiss(row.name)

    def cursor_moved(self) -> None:
        screen = self.screen
        if isinstance(screen, ThemePicker) and self.cursor_row is not None:
            screen.preview(self.cursor_row.name)


class ThemePicker(Dialog[str | None]):
    """Answers with the theme chosen; leaving brings the one before back."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, names: Sequence[str], chosen: str, show: Callable[[str], str]) -> None:
        super().__init__()
        self._names = names
        self._chosen = chosen
        self._show_theme = show

    def compose(self) -> ComposeResult:
        with Vertical(id="theme-box", classes="dialog"):
            yield Static(_("Colours"), classes="dialog-title", markup=False)
            yield ThemeRows(id="theme-rows")
            yield Static("", id="theme-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(ThemeRows)
        rows.show_rows([ThemeRow(name, name == self._chosen) for name in self._names])
        rows.styles.height = min(len(self._names), 12)
        rows.move_cursor_to(self._chosen)
        rows.focus()

    def preview(self, name: str) -> None:
        fault = self._show_theme(name)
        note = safe_line(fault) if fault else _("enter keeps it · esc goes back · your own go into themes/NAME.toml")
        self.query_one("#theme-note", Static).update(note)

    def action_close(self) -> None:
        self._show_theme(self._chosen)
        self.dismiss(None)
