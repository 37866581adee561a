"""Colours for roles, each with its name, to choose from."""

from collections.abc import Hashable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

# Taste: twelve hues that can be told apart on a dark and on a light background.
COLOURS = {
    0: N_("none"),
    0xE74C3C: N_("red"),
    0xE67E22: N_("orange"),
    0xF1C40F: N_("yellow"),
    0x2ECC71: N_("green"),
    0x1ABC9C: N_("turquoise"),
    0x3498DB: N_("blue"),
    0x5865F2: N_("indigo"),
    0x9B59B6: N_("purple"),
    0xE91E63: N_("pink"),
    0xA1887F: N_("brown"),
    0x95A5A6: N_("grey"),
}


class ColourRow(ListRow, frozen=True):
    colour: int
    name: str

    @property
    def key(self) -> Hashable | None:
        return self.colour


class ColourRows(LineList[ColourRow]):
    BACKGROUND = "raised"

    def draw(self, row: ColourRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        style = palette.role_colour(row.colour) if row.colour else palette.style("text")
        builder.add("■■■■ " if row.colour else "     ", style).add(row.name, style)
        if row.colour:
            builder.space_to(24).add(f"#{row.colour:06x}", palette.style("muted"))
        return [builder.build(look.width)]

    def choose(self, row: ColourRow, action: str | None) -> None:
        if isinstance(self.screen, ColourDialog):
            self.screen.dismiss(f"#{row.colour:06x}" if row.colour else "")


class ColourDialog(Dialog[str | None]):
    """Answers with a colour such as "#e74c3c", an empty text for none, None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, chosen: str) -> None:
        super().__init__()
        self._first = chosen

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(_("The colour of the role's members"), classes="dialog-title", markup=False)
            yield ColourRows(classes="dialog-rows")
            yield Static(_("enter chooses · esc goes back"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(ColourRows)
        rows.styles.height = min(len(COLOURS), max(3, self.app.size.height - 8))
        rows.show_rows([ColourRow(colour, _(name)) for colour, name in COLOURS.items()])
        rows.action_cursor_first()
        rows.move_cursor_to(next((colour for colour in COLOURS if f"#{colour:06x}" == self._first), 0))
        rows.focus()

    def action_close(self) -> None:
        self.dismiss(None)
