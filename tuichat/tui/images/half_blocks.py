"""A picture as lines of half blocks: the upper pixel is the sign's colour, the lower one its background."""

from typing import TYPE_CHECKING

from rich.color import Color
from rich.style import Style

from tuichat.tui.wrap import Piece

if TYPE_CHECKING:
    from PIL.Image import Image

UPPER = "▀"


def half_block_lines(image: "Image") -> list[list[Piece]]:
    """Return one line for two rows of pixels; cells of the same colours are one piece."""
    data = image.tobytes()
    row_bytes = image.width * 3
    lines: list[list[Piece]] = []
    for top in range(0, image.height - 1, 2):
        upper, lower = data[top * row_bytes :], data[(top + 1) * row_bytes :]
        line: list[Piece] = []
        count, last = 0, b""
        for start in range(0, row_bytes, 3):
            pair = upper[start : start + 3] + lower[start : start + 3]
            if pair != last and count:
                line.append(_piece(last, count))
                count = 0
            last = pair
            count += 1
        line.append(_piece(last, count))
        lines.append(line)
    return lines


def _piece(pair: bytes, count: int) -> Piece:
    return Piece(UPPER * count, Style(color=Color.from_rgb(*pair[:3]), bgcolor=Color.from_rgb(*pair[3:])))
