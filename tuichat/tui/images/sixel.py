"""A picture as sixels (DEC's STD 070, chapter 9): six rows of pixels a line of text, of at most 64 colours."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

COLOURS = 64  # every terminal with sixels has so many
_RUN = re.compile(r"(.)\1{3,}")
_SHIFT = bytes(min(255, value + 63) for value in range(256))


def encode(image: "Image") -> str:
    """Return what draws a picture at the cursor. Takes its time: call it in a thread."""
    indexed = image.quantize(COLOURS)
    palette = indexed.getpalette() or []
    data, width, height = indexed.tobytes(), image.width, image.height
    used = sorted(set(data))
    parts = [f'\x1bP0;1;0q"1;1;{width};{height}']
    for colour in used:
        red, green, blue = (round(value * 100 / 255) for value in palette[colour * 3 : colour * 3 + 3])
        parts.append(f"#{colour};2;{red};{green};{blue}")
    for top in range(0, height, 6):
        bands: dict[int, bytearray] = {}
        for row in range(top, min(top + 6, height)):
            bit = 1 << (row - top)
            for x, colour in enumerate(data[row * width : (row + 1) * width]):
                band = bands.get(colour)
                if band is None:
                    band = bands[colour] = bytearray(width)
                band[x] |= bit
        parts += [f"#{colour}{_run_lengths(band)}$" for colour, band in bands.items()]
        parts.append("-")
    parts.append("\x1b\\")
    return "".join(parts)


def _run_lengths(band: bytearray) -> str:
    text = bytes(band).rstrip(b"\x00").translate(_SHIFT).decode("ascii")
    return _RUN.sub(lambda found: f"!{len(found[0])}{found[1]}", text)
