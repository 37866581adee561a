"""A message of nothing but a few emojis as lines: set apart, and those of the server as large pictures.

A terminal has one size of signs, and cells that are sent in two sizes (kitty's text sizing) cannot be scrolled or covered
line by line as ours are. So such a message gets room around it instead, and pictures where they can be drawn finely.
"""

from rich.cells import cell_len
from rich.style import Style

from tuichat.text.big_emojis import BigEmoji
from tuichat.text.safe_text import safe_line
from tuichat.tui.messages.drawing import Drawing, Pieces
from tuichat.tui.wrap import Piece

GAP = 2  # cells between them (taste)
PICTURE_COLUMNS, PICTURE_ROWS = 4, 2


def big_emoji_lines(drawing: Drawing, emojis: list[BigEmoji], width: int, *, has_air: bool) -> list[Pieces]:
    """Return rows of emojis; with `has_air` there is an empty line above them."""
    drawn = [_drawn(drawing, emoji) for emoji in emojis]
    lines: list[Pieces] = [[]] if has_air else []
    row: list[list[Pieces]] = []
    used = 0
    for block in drawn:
        cells = _cells(block)
        if row and used + GAP + cells > width:
            lines += _row(row)
            row, used = [], 0
        used += cells + (GAP if row else 0)
        row.append(block)
    return lines + _row(row)


def _drawn(drawing: Drawing, emoji: BigEmoji) -> list[Pieces]:
    """Return an emoji as one line, or as a picture of several."""
    if emoji.target:
        picture = drawing.emoji(emoji.name, emoji.target, PICTURE_COLUMNS, PICTURE_ROWS)
        style = drawing.palette.style("chip")
        return picture or [[Piece(f" {safe_line(emoji.text)} ", style, f"emoji:{emoji.name}")]]
    return [[Piece(safe_line(emoji.text) or " ", drawing.palette.style("bright"))]]


def _row(blocks: list[list[Pieces]]) -> list[Pieces]:
    """Put blocks beside each other, standing on the same line."""
    height = max(map(len, blocks))
    lines: list[Pieces] = []
    for number in range(height):
        line: Pieces = []
        for block in blocks:
            place = number - (height - len(block))
            pieces = block[place] if place >= 0 else [Piece(" " * _cells(block), Style())]
            line += [*([Piece(" " * GAP, Style())] if line else []), *pieces]
        lines.append(line)
    return lines


def _cells(block: list[Pieces]) -> int:
    return sum(cell_len(piece.text) for piece in block[-1])
