"""The components of a bot's message as lines."""

import msgspec

from tuichat.tui.messages import components
from tuichat.tui.messages.drawing import Drawing, Pieces


def component_lines(drawing: Drawing, raws: list[msgspec.Raw], width: int) -> list[Pieces]:
    lines: list[Pieces] = []
    for text in components.markdown(raws):
        lines += drawing.barred(text, drawing.dim_bar(), width)
    return lines
