"""A dialog of text that scrolls: help, and what a command has to show."""

import re
from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.style import Style
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.wrap import Piece, wrap

KEY_COLUMN = 30
MAX_INDENT = 30
_COLUMN = re.compile(r" +(?=\S)|\S(?:.{0,26}?\S)? {2,}(?=\S)")


class TextRow(ListRow, frozen=True):
    """A line of text; `label` stands before it in a column of its own."""

    number: int
    text: str
    label: str = ""
    style: str = "text"

    @property
    def key(self) -> Hashable | None:
        return self.number  # every row can be reached, so that keys scroll


class TextRows(LineList[TextRow]):
    BACKGROUND = "raised"

    def draw(self, row: TextRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("raised"))
        if row.label:
            builder.add(fit(row.label, KEY_COLUMN - 1), palette.style("accent-bold")).space_to(KEY_COLUMN)
        builder.add(fit(row.text, max(1, look.width - builder.cells)), palette.style(row.style))
        return [builder.build(look.width)]

    def choose(self, row: TextRow, action: str | None) -> None:
        """Text has nothing to choose."""


def text_rows(text: str) -> list[TextRow]:
    return [TextRow(number, line) for number, line in enumerate(text.split("\n"))]


def help_rows(subjects: Sequence[tuple[str, Sequence[tuple[str, str]]]]) -> list[TextRow]:
    rows: list[TextRow] = []
    for subject, pairs in subjects:
        if rows:
            rows.append(TextRow(len(rows), ""))
        rows.append(TextRow(len(rows), subject.upper(), style="dim"))
        rows += [TextRow(len(rows) + index, words, key) for index, (key, words) in enumerate(pairs)]
    return rows


def wrapped(rows: Sequence[TextRow], width: int) -> list[TextRow]:
    """Return the rows with long ones continued below, under where their words began."""
    broken: list[TextRow] = []
    for row in rows:
        column = KEY_COLUMN if row.label else 0
        indent = _indent(row.text)
        lines = wrap([Piece(row.text[indent:], Style())], max(8, width - column - indent))
        for number, pieces in enumerate(lines):
            text = "".join(piece.text for piece in pieces)
            if number == 0:
                broken.append(TextRow(len(broken), row.text[:indent] + text, row.label, row.style))
            else:
                broken.append(TextRow(len(broken), " " * (column + indent) + text, "", row.style))
    return broken


def _indent(text: str) -> int:
    """Return where a line's words begin: after its leading blanks, or after a first column set off by blanks."""
    match = _COLUMN.match(text)
    return match.end() if match is not None and match.end() < MAX_INDENT else 0


class TextDialog(Dialog[None]):
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, title: str, rows: Sequence[TextRow], *, is_large: bool = False) -> None:
        super().__init__()
        self._heading = title
        self._rows = list(rows)
        self._is_large = is_large

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large" if self._is_large else "dialog -tall"):
            yield Static(self._heading, classes="dialog-title", markup=False)
            yield TextRows(classes="dialog-rows")
            yield Static(_("esc closes"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(TextRows).focus()

    def on_resize(self) -> None:
        self.call_after_refresh(self._show_rows)

    def _show_rows(self) -> None:
        rows = self.query_one(TextRows)
        rows.show_rows(wrapped(self._rows, rows.content_size.width - 1))

    def action_close(self) -> None:
        self.dismiss(None)
