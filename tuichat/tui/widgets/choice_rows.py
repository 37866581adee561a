"""Lists of choices: a label, and what is chosen behind it."""

from collections.abc import Callable, Hashable

from rich.cells import cell_len

from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

VALUE_COLUMN = 30
BUTTON = "button"


class ChoiceRow(ListRow, frozen=True):
    """A thing to choose, or with an empty `id` a heading. All texts are safe; `detail` stands in a line below.

    A click on `button`, at the end of the line, means something else than one on the row.
    """

    id: str
    label: str
    value: str = ""
    is_dangerous: bool = False
    detail: str = ""
    button: str = ""

    @property
    def key(self) -> Hashable | None:
        return self.id or None

    @property
    def height(self) -> int:
        return 2 if self.detail else 1

    @property
    def words(self) -> str:
        return f"{self.label} {self.value} {self.detail}"


class ChoiceRows(LineList[ChoiceRow]):
    """Calls back with the id of what was chosen, or whose button was pressed."""

    BACKGROUND = "raised"

    def __init__(
        self, chosen: Callable[[str], None], *, pressed: Callable[[str], None] | None = None, id: str | None = None
    ) -> None:
        super().__init__(id=id, classes="dialog-rows")
        self._chosen = chosen
        self._pressed = pressed or chosen

    def draw(self, row: ChoiceRow, look: Look) -> list[Line]:
        palette = look.palette
        background = palette.background("chosen" if look.has_cursor else "raised")
        builder = LineBuilder(background)
        if not row.id:
            return [builder.add(fit(row.label.upper(), look.width), palette.style("dim")).build(look.width)]
        style = "bad" if row.is_dangerous else "bright" if row.detail else "text"
        column = min(VALUE_COLUMN, look.width // 2)
        end = look.width - (cell_len(row.button) + 3 if row.button else 0)
        room = end - 2 if not row.value else column - 3
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        builder.add(fit(row.label, room), palette.style(style))
        if row.value:
            builder.space_to(column).add(fit(row.value, max(1, end - column)), palette.style("accent"))
        if row.button:
            builder.space_to(end + 1).add(f" {row.button} ", palette.style("chip"), action=BUTTON)
        line = builder.build(look.width)
        if not row.detail:
            return [line]
        below = LineBuilder(background).space(2).add(fit(row.detail, max(1, look.width - 2)), palette.style("muted"))
        return [line, below.build(look.width)]

    def choose(self, row: ChoiceRow, action: str | None) -> None:
        if row.id:
            (self._pressed if action == BUTTON else self._chosen)(row.id)
