"""A picture as lines of half blocks: a pixel is the sign's colour, the one above or below it the background's."""

from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style

from tuichat.tui.wrap import Piece

if TYPE_CHECKING:
    from PIL.Image import Image

UPPER, LOWER = "▀", "▄"
SEEN = 128  # of 255: what is more transparent is not drawn


def half_block_lines(image: "Image") -> list[list[Piece]]:
    """Return one line for two rows of pixels; cells of the same colours are one piece."""
    data = image.convert("RGBA").tobytes()
    row_bytes = image.width * 4
    lines: list[list[Piece]] = []
    for top in range(0, image.height - 1, 2):
        upper, lower = data[top * row_bytes :], data[(top + 1) * row_bytes :]
        line: list[Piece] = []
        count, last = 0, b""
        for start in range(0, row_bytes, 4):
            pair = upper[start : start + 4] + lower[start : start + 4]
            if pair != last and count:
                line.append(_piece(last, count))
                count = 0
            last = pair
            count += 1
        line.append(_piece(last, count))
        lines.append(line)
    return lines


def _piece(pair: bytes, count: int) -> Piece:
    upper = Color.from_rgb(*pair[:3]) if pair[3] >= SEEN else None
    lower = Color.from_rgb(*pair[4:7]) if pair[7] >= SEEN else None
    if upper is None:
        return Piece((" " if lower is None else LOWER) * count, Style(color=lower))
    return Piece(UPPER * count, Style(color=upper, bgcolor=lower))
