"""kitty's graphics protocol with Unicode placeholders (https://sw.kovidgoyal.net/kitty/graphics-protocol/), as bytes."""

import base64

from rich.color import Color
from rich.style import Style

from tuichat.tui.wrap import Piece

CHUNK_CHARACTERS = 4096
PLACEHOLDER = "\U0010eeee"
# The beginning of kitty's rowcolumn-diacritics.txt: a mark's place in it is the row or column that it means.
_MARKS = (
    "\u0305\u030d\u030e\u0310\u0312\u033d\u033e\u033f\u0346\u034a\u034b\u034c\u0350\u0351\u0352\u0357"
    "\u035b\u0363\u0364\u0365\u0366\u0367\u0368\u0369\u036a\u036b\u036c\u036d\u036e\u036f\u0483\u0484"
    "\u0485\u0486\u0487\u0592\u0593\u0594\u0595\u0597\u0598\u0599\u059c\u059d\u059e\u059f\u05a0\u05a1"
    "\u05a8\u05a9\u05ab\u05ac\u05af\u05c4\u0610\u0611\u0612\u0613\u0614\u0615\u0616\u0617\u0657\u0658"
    "\u0659\u065a\u065b\u065d\u065e\u06d6\u06d7\u06d8\u06d9\u06da\u06db\u06dc\u06df\u06e0\u06e1\u06e2"
    "\u06e4\u06e7\u06e8\u06eb\u06ec\u0730\u0732\u0733\u0735\u0736\u073a\u073d\u073f\u0740\u0741\u0743"
    "\u0745\u0747\u0749\u074a"
)
MAX_CELLS = len(_MARKS)  # of a side


def transmission(image_id: int, png: bytes, columns: int, rows: int, *, through_tmux: bool = False) -> str:
    """Return what sends a picture and gives it a virtual place of so many cells, without an answer."""
    text = base64.standard_b64encode(png).decode()
    chunks = [text[start : start + CHUNK_CHARACTERS] for start in range(0, len(text), CHUNK_CHARACTERS)]
    parts: list[str] = []
    for number, chunk in enumerate(chunks):
        more = int(number + 1 < len(chunks))
        head = f"a=T,U=1,f=100,t=d,i={image_id},c={columns},r={rows},q=2,m={more}" if number == 0 else f"q=2,m={more}"
        parts.append(_wrapped(f"\x1b_G{head};{chunk}\x1b\\", through_tmux=through_tmux))
    return "".join(parts)


def deletion(image_id: int, *, through_tmux: bool = False) -> str:
    """Return what frees a picture in the terminal."""
    return _wrapped(f"\x1b_Ga=d,d=I,i={image_id},q=2\x1b\\", through_tmux=through_tmux)


def placeholder_lines(image_id: int, columns: int, rows: int) -> list[list[Piece]]:
    """Return the cells in which the terminal draws a picture; their colour is its id."""
    style = Style(color=Color.from_rgb(image_id >> 16 & 255, image_id >> 8 & 255, image_id & 255))
    return [
        [Piece("".join(PLACEHOLDER + _MARKS[row] + _MARKS[column] for column in range(columns)), style)]
        for row in range(rows)
    ]


def _wrapped(sequence: str, *, through_tmux: bool) -> str:
    if not through_tmux:
        return sequence
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
