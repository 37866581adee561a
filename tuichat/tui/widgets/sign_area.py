"""A text area whose cursor steps over whole signs, and which draws none in another width than it counts."""

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.events import Key, MouseEvent
from textual.widgets import TextArea

from tuichat.text.graphemes import graphemes, is_lone
from tuichat.text.safe_text import safe_block

Location = tuple[int, int]  # row, character

# What forms signs and words and is nothing by itself: Textual would let keys of these fall.
FORMING = frozenset({"\u200c", "\u200d", *map(chr, range(0xE0020, 0xE0080))})
MAX_MARKS = 32  # taste: a sign of more characters is none of any script, and is drawn by its first one
_NOTHING = "\u200c"  # takes no cell in any terminal
_WIDE = "\N{FULLWIDTH QUESTION MARK}"


class SignArea(TextArea):
    def get_line(self, line_index: int) -> Text:
        return SignText(as_drawn(self.document.get_line(line_index)), end="", no_wrap=True)

    async def _on_key(self, event: Key) -> None:
        if event.character in FORMING and not self.read_only:
            event.stop().prevent_default()
            self._replace_via_keyboard(event.character or "", *self.selection)
            return
        await super()._on_key(event)

    def get_cursor_left_location(self) -> Location:
        return self._at_sign(super().get_cursor_left_location())

    def get_cursor_right_location(self) -> Location:
        row, column = self.cursor_location
        line = self.document.get_line(row)
        return (row, sign_end(line, column)) if column < len(line) else super().get_cursor_right_location()

    def get_cursor_up_location(self) -> Location:
        return self._at_sign(super().get_cursor_up_location())

    def get_cursor_down_location(self) -> Location:
        return self._at_sign(super().get_cursor_down_location())

    def get_target_document_location(self, event: MouseEvent) -> Location:
        return self._at_sign(super().get_target_document_location(event))

    def _at_sign(self, location: Location) -> Location:
        """Return where the sign at a location begins. What is typed there may become part of it, so that only moves do this."""
        row, column = location
        return row, sign_start(self.document.get_line(row), column)


class SignText(Text):
    """Text in which a style lies on whole signs: a cursor on half of one would tear it in two."""

    def stylize(self, style: str | Style, start: int = 0, end: int | None = None) -> None:
        if end is not None and start < end and not is_lone(self.plain):
            start, end = sign_start(self.plain, start), sign_end(self.plain, end - 1)
        super().stylize(style, start, end)


def sign_start(line: str, column: int) -> int:
    """Return the character at which the sign of a character begins."""
    if column >= len(line) or is_lone(line):
        return column
    end = 0
    for sign in graphemes(line):
        start, end = end, end + len(sign)
        if column < end:
            return start
    return column


def sign_end(line: str, column: int) -> int:
    """Return the character behind the sign of a character."""
    start = sign_start(line, column)
    return start + len(graphemes(line[start:])[0]) if column < len(line) and not is_lone(line) else column + 1


def as_drawn(line: str) -> str:
    """Return a line of as many characters, as wide as it is counted, in which every sign is one that this terminal draws so."""
    if safe_block(line) == line:
        return line
    return "".join(sign if sign == "\t" or safe_block(sign) == sign else _stand_in(sign) for sign in graphemes(line))


def _stand_in(sign: str) -> str:
    if len(sign) > MAX_MARKS:  # measured as a whole: each beginning of it would take the square of its length
        cells, first = cell_len(sign), sign[0]
        head = first if cells and cell_len(first) == cells and safe_block(first) == first else " " * cells
        return head + _NOTHING * (len(sign) - len(head))
    drawn = ""
    for index, character in enumerate(sign):
        cells = cell_len(sign[: index + 1]) - cell_len(sign[:index])
        is_safe = safe_block(character) == character and cell_len(character) == cells
        drawn += character if is_safe and cells else (_NOTHING, " ", _WIDE)[cells]
    return drawn
