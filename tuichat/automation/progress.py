"""What goes on while something takes long, in one line of a terminal that is written over."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TextIO

from tuichat.text.time_words import span_words
from tuichat.translation import _

FIRST_S = 2.0  # taste: what is done within it needs no telling
EVERY_S = 0.5
_CLEAR = "\r\x1b[K"


def progress_words(sent: int, total: int | None, left_s: float | None) -> str:
    """Return the line: how many are there, of how many where that is known, and how long the rest takes."""
    if total is None:
        return _("{sent} sent").format(sent=sent)
    words = _("{sent} of {total} sent").format(sent=sent, total=total)
    if left_s is None:
        return words
    return words + " " + _("({time} left)").format(time=span_words(round(left_s)))


@contextlib.asynccontextmanager
async def shown(line: Callable[[], str], stream: TextIO | None) -> AsyncIterator[None]:
    """Show a line that changes on a stream, while something goes on; nothing where no terminal is."""
    if stream is None or not stream.isatty():
        yield
        return
    has_drawn = False

    async def draw() -> None:
        nonlocal has_drawn
        await asyncio.sleep(FIRST_S)
        while True:
            has_drawn = True
            stream.write(_CLEAR + line())
            stream.flush()
            await asyncio.sleep(EVERY_S)

    drawing = asyncio.create_task(draw())
    try:
        yield
    finally:
        drawing.cancel()
        if has_drawn:
            stream.write(_CLEAR)
            stream.flush()
