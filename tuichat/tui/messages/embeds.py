"""The embeds of a message as lines."""

from collections.abc import Sequence

import msgspec

from tuichat.tui.messages import embed
from tuichat.tui.messages.drawing import Drawing, Pieces
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece


def embed_lines(drawing: Drawing, raws: Sequence[msgspec.Raw], width: int) -> list[Pieces]:
    if not raws:
        return []
    palette = drawing.palette
    lines: list[Pieces] = []
    for item in embed.read(raws):
        bar = Piece("┃ ", palette.role_colour(item.color)) if item.color else drawing.dim_bar()
        for text in item.markdown():
            lines += drawing.barred(text, bar, width)
    return lines or [[drawing.dim(fit("▤ something that a terminal cannot show", width))]]
