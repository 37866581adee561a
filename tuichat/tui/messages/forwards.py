"""What a message forwards, as lines."""

from tuichat.protocol.message import Message
from tuichat.text import enclosed
from tuichat.text.enclosed import Forwarded
from tuichat.translation import _
from tuichat.tui.messages.attachments import attachment_lines
from tuichat.tui.messages.component_lines import component_lines
from tuichat.tui.messages.drawing import Drawing, Pieces, with_bar
from tuichat.tui.messages.embeds import embed_lines


def forwarded_lines(drawing: Drawing, message: Message, width: int) -> list[Pieces]:
    lines: list[Pieces] = []
    for forwarded in enclosed.forwarded(message):
        lines += _lines(drawing, forwarded, width)
    return lines


def _lines(drawing: Drawing, forwarded: Forwarded, width: int) -> list[Pieces]:
    bar = drawing.dim_bar()
    inner = max(4, width - 2)
    lines = drawing.barred(forwarded.content, bar, width) if forwarded.content else []
    lines += with_bar(bar, embed_lines(drawing, forwarded.embeds, inner))
    lines += component_lines(drawing, forwarded.components, width)
    lines += with_bar(bar, attachment_lines(drawing, forwarded.attachments, inner))
    return lines or [[bar, drawing.dim(_("(no text)"))]]
