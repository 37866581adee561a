"""A message's poll as lines."""

from tuichat.protocol.message import Message
from tuichat.tui.messages import enclosed
from tuichat.tui.messages.drawing import Drawing, Pieces


def poll_lines(drawing: Drawing, message: Message, width: int) -> list[Pieces]:
    lines: list[Pieces] = []
    for text in enclosed.poll_markdown(message):
        lines += drawing.barred(text, drawing.dim_bar(), width)
    return lines
