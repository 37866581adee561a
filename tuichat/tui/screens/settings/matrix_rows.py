"""The permission matrix line by line: permissions downwards, roles to the right, a box where they meet."""

from collections.abc import Hashable, Sequence

from textual.message import Message as ScreenMessage

from tuichat.client.role_matrix import Cell, Column
from tuichat.text.permission_words import GROUPS
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

LEFT, RIGHT = "left", "right"
NAME = "name"  # a click on a permission's name moves there, and switches nothing


class Frame(ListRow, frozen=True):
    """Which columns are in view, and which of them the cursor is in."""

    first: int
    count: int
    cursor: int
    name_cells: int
    cells: int  # of a column


def frame(width: int, columns: int, first: int, cursor: int) -> Frame:
    """Return what of the columns fits into a width, in cells, with the cursor's among them."""
    name_cells = 27 if width >= 76 else 23
    cells = 8 if width < 76 else 12
    count = max(1, (width - name_cells - 1) // cells)
    cursor = max(0, min(cursor, columns - 1))
    first = max(0, min(first, columns - count, cursor), cursor - count + 1)
    return Frame(first, min(count, columns - first), cursor, name_cells, cells)


class HeadRow(ListRow, frozen=True):
    """The names of the roles in view, with their colours."""

    frame: Frame
    total: int
    names: tuple[str, ...]
    colours: tuple[int, ...]

    @property
    def key(self) -> Hashable | None:
        return "head"


class MatrixRow(ListRow, frozen=True):
    """A permission, or with `permission` 0 the name of a group."""

    permission: int
    name: str
    frame: Frame
    boxes: tuple[Cell, ...] = ()

    @property
    def key(self) -> Hashable | None:
        return self.permission or None

    @property
    def words(self) -> str:
        return self.name


def box(cell: Cell) -> str:
    """Return the four cells of a box: given, given by another, or not; without brackets where it cannot be changed."""
    sign = "x" if cell.is_on else "·" if cell.is_implied else " "
    if cell.obstacle is not None:
        return f" {sign if sign != ' ' else '–'}  "
    return f"[{sign}]{'*' if cell.is_changed else ' '}"


class CellChosen(ScreenMessage):
    """A box is to be switched."""

    def __init__(self, permission: int, column: int) -> None:
        super().__init__()
        self.permission = permission
        self.column = column


class ColumnChosen(ScreenMessage):
    """The cursor is to go to a column, or is on another permission."""

    def __init__(self, column: int | None) -> None:
        super().__init__()
        self.column = column


class MatrixHead(LineList[HeadRow]):
    BACKGROUND = "raised"

    def draw(self, row: HeadRow, look: Look) -> list[Line]:
        palette, shown = look.palette, row.frame
        builder = LineBuilder(palette.background("raised"))
        last = shown.first + shown.count
        if shown.count < row.total:
            builder.add("‹ " if shown.first else "  ", palette.style("accent-bold"), LEFT)
            words = _("{first}–{last} of {total}").format(first=shown.first + 1, last=last, total=row.total)
            builder.add(fit(words, shown.name_cells - 5), palette.style("muted"))
            builder.add(" ›" if last < row.total else "  ", palette.style("accent-bold"), RIGHT)
        for index, (name, colour) in enumerate(zip(row.names, row.colours, strict=True), shown.first):
            builder.space_to(shown.name_cells + (index - shown.first) * shown.cells)
            is_under = index == shown.cursor
            style = palette.role_colour(colour) if colour else palette.style("text")
            style = palette.style("accent-bold") if is_under else style
            builder.add("▸" if is_under else " ", palette.style("accent-bold"), str(index))
            builder.add(fit(name, shown.cells - 2), style, str(index))
        return [builder.build(look.width)]

    def choose(self, row: HeadRow, action: str | None) -> None:
        if action in (LEFT, RIGHT):
            shown = row.frame
            self.post_message(ColumnChosen(shown.first - 1 if action == LEFT else shown.first + shown.count))
        elif action is not None:
            self.post_message(ColumnChosen(int(action)))


class MatrixRows(LineList[MatrixRow]):
    BACKGROUND = "raised"
    _has_view = False

    def draw(self, row: MatrixRow, look: Look) -> list[Line]:
        palette, shown = look.palette, row.frame
        background = palette.background("cursor" if look.has_cursor else "raised")
        builder = LineBuilder(background)
        if not row.permission:
            return [builder.add(fit(row.name.upper(), look.width), palette.style("dim")).build(look.width)]
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"), NAME)
        builder.add(fit(row.name, shown.name_cells - 3), palette.style("bright" if look.has_cursor else "text"), NAME)
        for index, cell in enumerate(row.boxes, shown.first):
            builder.space_to(shown.name_cells + (index - shown.first) * shown.cells)
            is_under = look.has_cursor and index == shown.cursor
            name = "dim" if cell.obstacle else "warn" if cell.is_changed else "good" if cell.is_on else "muted"
            builder.add("▸" if is_under else " ", palette.style("accent-bold"), str(index))
            builder.add(box(cell), palette.style("chip-accent" if is_under else name), str(index))
        return [builder.build(look.width)]

    def choose(self, row: MatrixRow, action: str | None) -> None:
        if action == NAME:
            return
        column = row.frame.cursor if action is None else int(action)
        self.post_message(CellChosen(row.permission, column))

    def cursor_moved(self) -> None:
        self.post_message(ColumnChosen(None))

    def on_resize(self) -> None:
        if not self._has_view and self.content_size.height:
            self._has_view = True
            self._top = 0  # the cursor came to its row before there was a view, and took it along
            self._set_cursor(self._cursor)


def head_row(columns: Sequence[Column], shown: Frame) -> HeadRow:
    in_view = [column.role for column in columns[shown.first : shown.first + shown.count]]
    names = tuple(safe_name(role.name) for role in in_view)
    return HeadRow(shown, len(columns), names, tuple(role.color for role in in_view))


def matrix_rows(columns: Sequence[Column], shown: Frame) -> list[MatrixRow]:
    in_view = columns[shown.first : shown.first + shown.count]
    rows: list[MatrixRow] = []
    for group in GROUPS:
        rows.append(MatrixRow(0, _(group.name), shown))
        for words in group.permissions:
            boxes = tuple(column.cell(words.permission) for column in in_view)
            rows.append(MatrixRow(int(words.permission), _(words.name), shown, boxes))
    return rows
