"""The reactions to a message as a line of chips."""

from msgspec import UNSET
from rich.cells import cell_len
from rich.style import Style

from tuichat.client.message_marks import emoji_path
from tuichat.protocol.message import Message
from tuichat.tui.messages.drawing import Drawing, Pieces
from tuichat.tui.safe_text import safe_name
from tuichat.tui.wrap import Piece

MAX_REACTIONS = 20


def reaction_lines(drawing: Drawing, message: Message, width: int) -> list[Pieces]:
    if message.reactions is UNSET or not message.reactions:
        return []
    palette = drawing.palette
    pieces: Pieces = []
    used = 0
    for reaction in message.reactions[:MAX_REACTIONS]:
        text = f" {safe_name(reaction.emoji.name or '', '?')[:16]} {reaction.count} "
        if used + cell_len(text) + 1 > width:
            break
        action = f"toggle:{emoji_path(reaction.emoji)}"
        pieces += [Piece(text, palette.style("mention" if reaction.me else "chip"), action), Piece(" ", Style())]
        used += cell_len(text) + 1
    if pieces and used + 3 <= width:
        pieces.append(Piece(" + ", palette.style("chip"), "react"))
    return [pieces] if pieces else []
