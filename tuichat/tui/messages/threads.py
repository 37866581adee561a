"""The line under a message that began a thread: its name, how much was written there; a click opens it."""

from rich.cells import cell_len

from tuichat.protocol.channel import Channel
from tuichat.protocol.message import Message
from tuichat.text.channel_names import channel_name
from tuichat.translation import _, ngettext
from tuichat.tui.messages.drawing import Drawing, Pieces
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece


def thread_lines(drawing: Drawing, message: Message, width: int) -> list[Pieces]:
    thread = drawing.names.thread_at(message)
    if thread is None:
        return []
    action = f"channel:{int(thread.id)}"
    words = _count(thread)
    palette = drawing.palette
    name = fit(channel_name(thread), max(4, width - cell_len(words) - 5))
    return [
        [
            Piece("└ ", palette.style("dim")),
            Piece(name, palette.style("bright"), action),
            Piece(f"  {words} ›", palette.style("accent"), action),
        ]
    ]


def _count(thread: Channel) -> str:
    count = thread.message_count if isinstance(thread.message_count, int) else 0
    return ngettext("{count} message", "{count} messages", count).format(count=count) if count else _("thread")
