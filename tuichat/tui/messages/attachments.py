"""The files of a message as lines."""

from collections.abc import Sequence

from tuichat.protocol.message import Attachment
from tuichat.tui.messages.drawing import Drawing, Pieces
from tuichat.tui.messages.enclosed import AttachmentName
from tuichat.tui.safe_text import safe_name
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece

MAX_ATTACHMENTS = 10  # of a message, as on the wire


def attachment_lines(drawing: Drawing, attachments: Sequence[Attachment | AttachmentName], width: int) -> list[Pieces]:
    lines: list[Pieces] = []
    for attachment in attachments[:MAX_ATTACHMENTS]:
        name = safe_name(attachment.filename, "file")
        size = f" {max(1, attachment.size // 1024)} KiB"
        text = fit(f"▤ {name}", max(4, width - len(size)))
        lines.append([Piece(text, drawing.palette.style("link")), drawing.dim(size)])
    return lines
