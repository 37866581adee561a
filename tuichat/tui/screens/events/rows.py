"""The rows of an event's page: what can be done, what it is about, and who is interested."""

from collections.abc import Callable, Hashable

from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.widgets.paged_rows import NEAR_LINES


class DeedRow(ListRow, frozen=True):
    id: str
    label: str
    keys: str
    is_dangerous: bool = False

    @property
    def key(self) -> Hashable | None:
        return ("deed", self.id)


class WordsRow(ListRow, frozen=True):
    """A line of text; `number` tells it from others, so that the cursor scrolls over what is long. None: a heading."""

    text: str
    number: int | None = None

    @property
    def key(self) -> Hashable | None:
        return None if self.number is None else ("words", self.number)


class PersonRow(ListRow, frozen=True):
    user_id: int
    name: str

    @property
    def key(self) -> Hashable | None:
        return ("person", self.user_id)


AnyRow = DeedRow | WordsRow | PersonRow


class EventRows(LineList[AnyRow]):
    """Calls back with what is to be done, and when the end of the people that are there comes into view."""

    BACKGROUND = "raised"

    def __init__(self, do: Callable[[str], None], end_near: Callable[[], None], *, id: str | None = None) -> None:
        super().__init__(id=id, classes="dialog-rows")
        self._do = do
        self._end_near = end_near

    def draw(self, row: AnyRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        match row:
            case DeedRow():
                style = palette.style("bad" if row.is_dangerous else "bright")
                builder.add(fit(row.label, max(1, look.width - 6)), style)
                if row.keys:
                    builder.space_to(look.width - len(row.keys) - 1).add(row.keys, palette.style("accent"))
            case PersonRow():
                builder.add(fit(row.name, max(1, look.width - 3)), palette.style("text"))
            case WordsRow():
                style = palette.style("dim" if row.number is None else "text")
                builder.add(fit(row.text, max(1, look.width - 2)), style)
        return [builder.build(look.width)]

    def look_for_end(self) -> None:
        """Ask for more people where the end is in view, or nearly; not while a filter hides what is there."""
        if self._filter is None and self._top + self._view_height + NEAR_LINES >= len(self._places):
            self._end_near()

    def _move_view(self, top: int) -> None:
        has_moved = top != self._top
        super()._move_view(top)
        if has_moved:
            self.look_for_end()

    def cursor_moved(self) -> None:
        self.look_for_end()

    def choose(self, row: AnyRow, action: str | None) -> None:
        if isinstance(row, DeedRow):
            self._do(row.id)
