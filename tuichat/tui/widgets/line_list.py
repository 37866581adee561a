"""A list of rows drawn line by line: one widget, whatever its length; keys and mouse move a cursor over its rows."""

from collections.abc import Hashable, Sequence
from typing import ClassVar, Generic, TypeVar

import msgspec
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip

from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.faults import log_fault
from tuichat.tui.styles.palette import Palette, palette_of
from tuichat.tui.widgets.drawn_widget import DrawnWidget
from tuichat.tui.widgets.line import Line, LineBuilder, fit

MAX_FILTER_CHARACTERS = 60


class Look(msgspec.Struct, frozen=True):
    """All that a row's lines depend on besides the row."""

    width: int
    palette: Palette
    has_cursor: bool


class ListRow(msgspec.Struct, frozen=True):
    """What a pane's rows are: `key` tells them apart, None is a row that cannot be chosen."""

    @property
    def key(self) -> Hashable | None:
        return None

    @property
    def height(self) -> int:
        return 1

    @property
    def words(self) -> str:
        """Return what a filter looks in."""
        return " ".join(value for name in self.__struct_fields__ if isinstance(value := getattr(self, name), str))


RowT = TypeVar("RowT", bound=ListRow)


class LineList(DrawnWidget, Generic[RowT], can_focus=True):
    """Shows rows; a subclass draws one, and says what choosing one means."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.LIST)
    FOCUS_ON_CLICK: ClassVar[bool] = False  # a click acts on a row; what is typed next belongs to the composer
    BACKGROUND = "side"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._given: list[RowT] = []
        self._rows: list[RowT] = []  # those of them that the filter lets through
        self._filter: str | None = None  # None: no filter; its line takes the first line of the view
        self._starts: list[int] = []  # the first line of each row
        self._places: list[tuple[int, int]] = []  # of each line: its row, and which line of the row
        self._top = 0
        self._shown_height = 0  # of the view, at the last size heard of
        self._cursor: int | None = None
        self._drawn: dict[int, list[Line]] = {}

    # What a subclass says.

    def draw(self, row: RowT, look: Look) -> list[Line]:
        """Return exactly `row.height` lines of `look.width` cells."""
        raise NotImplementedError

    def choose(self, row: RowT, action: str | None) -> None:
        """Act on a row that was clicked (with the action of the cells hit) or entered."""
        raise NotImplementedError

    def shows_cursor(self) -> bool:
        """Say whether the row under the cursor stands out now."""
        return self.has_focus

    def cursor_moved(self) -> None:
        """Note that the cursor is on another row."""

    # What its owner calls.

    @property
    def rows(self) -> Sequence[RowT]:
        return self._rows

    @property
    def cursor_row(self) -> RowT | None:
        return None if self._cursor is None else self._rows[self._cursor]

    def show_rows(self, rows: Sequence[RowT]) -> None:
        """Show these rows instead; the cursor stays on its row, the view where it was."""
        self._given = list(rows)
        self._take_rows()

    def _take_rows(self) -> None:
        old_rows, new_rows = self._rows, self._filtered()
        if old_rows == new_rows:
            return
        key = None if self._cursor is None else old_rows[self._cursor].key
        same_shape = [row.height for row in old_rows] == [row.height for row in new_rows]
        self._rows = new_rows
        self._cursor = next((index for index, row in enumerate(new_rows) if key is not None and row.key == key), None)
        if same_shape:
            changed = [index for index, row in enumerate(new_rows) if row != old_rows[index]]
            for index in changed:
                self._drawn.pop(index, None)
                self._refresh_row(index)
            return
        self._starts, self._places = [], []
        for index, row in enumerate(new_rows):
            self._starts.append(len(self._places))
            self._places += [(index, line) for line in range(row.height)]
        self._drawn.clear()
        self._move_view(self._top)
        self.refresh()

    def move_cursor_to(self, key: Hashable) -> None:
        for index, row in enumerate(self._rows):
            if row.key == key:
                self._set_cursor(index)
                return

    # Filtering.

    def _filtered(self) -> list[RowT]:
        if not self._filter:
            return self._given
        wanted = self._filter.casefold().split()
        return [
            row for row in self._given if row.key is not None and all(part in row.words.casefold() for part in wanted)
        ]

    def action_filter(self) -> None:
        self._set_filter("")

    def _set_filter(self, text: str | None) -> None:
        self._filter = text
        self._take_rows()
        if text and self._cursor is None:
            self._step(1)
        if text is None and self._cursor is not None:
            self._set_cursor(self._cursor)  # among all rows it may lie out of view
        self._move_view(self._top)
        self._drawn.clear()
        self.refresh()

    def on_key(self, event: events.Key) -> None:
        """Take letters while a filter is being typed."""
        if self._filter is None:
            return
        if event.key == "escape":
            self._set_filter(None)
        elif event.key == "backspace":
            self._set_filter(self._filter[:-1] if self._filter else None)
        elif event.key == "ctrl+u":
            self._set_filter("")
        elif event.key == "enter":
            row = self.cursor_row
            self._set_filter(None)
            if row is not None:
                self.choose(row, None)
        elif event.is_printable and event.character:
            self._set_filter((self._filter + event.character)[:MAX_FILTER_CHARACTERS])
        else:
            return
        event.prevent_default().stop()

    def _filter_line(self, palette: Palette) -> Strip:
        background = palette.background(self.BACKGROUND)
        builder = LineBuilder(background).add(" / ", palette.style("accent-bold"))
        width = self.content_size.width
        builder.add(fit(safe_line(self._filter or ""), max(1, width - 8)), palette.style("bright"))
        builder.add("▏", palette.style("accent"))
        count = f"{len(self._rows)} " if self._filter else ""
        return builder.space_to(width - len(count)).add(count, palette.style("dim")).build(width).strip

    # Drawing.

    @property
    def _filter_height(self) -> int:
        """Return the lines above the rows: that of the filter."""
        return 0 if self._filter is None else 1

    def _refresh_row(self, index: int) -> None:
        self._drawn.pop(index, None)
        y = self._starts[index] - self._top + self._filter_height
        self.refresh(Region(0, y, self.content_size.width, self._rows[index].height))

    @property
    def _view_height(self) -> int:
        return max(1, self.content_size.height - self._filter_height)

    @property
    def _overflows(self) -> bool:
        return len(self._places) > self._view_height

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        palette = palette_of(self)
        background = palette.background(self.BACKGROUND)
        if self._filter_height and y == 0:
            return self._filter_line(palette)
        number = y - self._filter_height + self._top
        if not 0 <= number < len(self._places):
            return Strip.blank(width, background)
        index, line_number = self._places[number]
        overflows = self._overflows
        lines = self._drawn.get(index)
        if lines is None or lines[0].strip.cell_length != width - overflows:
            has_cursor = index == self._cursor and self.shows_cursor()
            lines = self._drawn_row(self._rows[index], Look(width - overflows, palette, has_cursor))
            self._drawn[index] = lines
        strip = lines[line_number].strip
        if not overflows:
            return strip
        return Strip.join([strip, self._scrollbar_cell(y - self._filter_height, palette)])

    def _drawn_row(self, row: RowT, look: Look) -> list[Line]:
        """Draw a row; one that cannot be drawn must not take the others with it."""
        try:
            return self.draw(row, look)
        except Exception as error:
            log_fault(f"drawing a {type(row).__name__}", error)
            builder = LineBuilder(look.palette.background(self.BACKGROUND))
            builder.add(fit(_("✕ cannot be shown"), look.width), look.palette.style("bad"))
            blank = LineBuilder(look.palette.background(self.BACKGROUND)).build(look.width)
            return [builder.build(look.width), *[blank] * (row.height - 1)]

    def _scrollbar_cell(self, y: int, palette: Palette) -> Strip:
        height, total = self._view_height, len(self._places)
        thumb = max(1, height * height // total)
        start = (height - thumb) * self._top // max(1, total - height)
        style = palette.style("dim" if start <= y < start + thumb else "line")
        builder = LineBuilder(palette.background(self.BACKGROUND))
        return builder.add("▐" if start <= y < start + thumb else " ", style).build(1).strip

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.clear()

    # Moving.

    def _move_view(self, top: int) -> None:
        top = max(0, min(top, len(self._places) - self._view_height))
        if top != self._top:
            self._top = top
            self.refresh()

    def _set_cursor(self, index: int | None) -> None:
        old, self._cursor = self._cursor, index
        for changed in (old, index):
            if changed is not None and changed < len(self._rows):
                self._refresh_row(changed)
        self._show_cursor()
        if index != old:
            self.cursor_moved()

    def _show_cursor(self) -> None:
        """Move the view as little as brings the row under the cursor into it; wait for the first size to do so."""
        if self._cursor is None or not self.content_size.height:
            return
        start = self._starts[self._cursor]
        end = start + self._rows[self._cursor].height
        if start < self._top:
            self._move_view(start if self._choosable_before(self._cursor) else 0)
        elif end > self._top + self._view_height:
            self._move_view(end - self._view_height)

    def _choosable_before(self, index: int) -> bool:
        return any(row.key is not None for row in self._rows[:index])

    def _step(self, step: int, count: int = 1) -> None:
        index = self._cursor
        if index is None:
            index = -1 if step > 0 else len(self._rows)
        last_good = self._cursor
        while count and 0 <= index + step < len(self._rows):
            index += step
            if self._rows[index].key is not None:
                last_good = index
                count -= 1
        if last_good is not None:
            self._set_cursor(last_good)

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_page_up(self) -> None:
        self._step(-1, self._view_height)

    def action_page_down(self) -> None:
        self._step(1, self._view_height)

    def action_cursor_first(self) -> None:
        self._step(-1, len(self._rows))

    def action_cursor_last(self) -> None:
        self._step(1, len(self._rows))

    def action_choose(self) -> None:
        if self._cursor is not None:
            self.choose(self._rows[self._cursor], None)

    # Events.

    def on_focus(self) -> None:
        if self._cursor is None:
            self._step(1)
        elif self._cursor < len(self._rows):
            self._refresh_row(self._cursor)

    def on_blur(self) -> None:
        if self._filter is not None:
            self._set_filter(None)
        if self._cursor is not None and self._cursor < len(self._rows):
            self._refresh_row(self._cursor)

    def on_resize(self) -> None:
        shown_height, self._shown_height = self._shown_height, self._view_height
        self._drawn.clear()
        self._move_view(self._top)
        if not shown_height or (self._cursor is not None and self._starts[self._cursor] < self._top + shown_height):
            self._show_cursor()  # a cursor out of view was left there by who scrolled
        self.refresh()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._move_view(self._top - 2)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._move_view(self._top + 2)

    def on_click(self, event: events.Click) -> None:
        event.stop()
        offset = event.get_content_offset(self)
        if offset is None:
            return
        number = offset.y - self._filter_height + self._top
        if not 0 <= number < len(self._places):
            return
        index, line_number = self._places[number]
        row = self._rows[index]
        if row.key is None:
            return
        lines = self._drawn.get(index)
        action = lines[line_number].action_at(offset.x) if lines else None
        self._set_cursor(index)
        self.choose(row, action)
