"""The files of a message as lines: name, size, how far they are on their way, and what can be done with them."""

from collections.abc import Sequence

from rich.cells import cell_len

from tuichat.client.transfer import Transfer, TransferState
from tuichat.protocol.message import Attachment
from tuichat.text.enclosed import AttachmentName
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.text.size_words import size_words
from tuichat.translation import _
from tuichat.tui.images.source import of_attachment
from tuichat.tui.messages.drawing import Drawing, Pieces
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece

MAX_ATTACHMENTS = 10  # of a message, as on the wire
BAR_CELLS = 10
MIN_NAME_CELLS = 8
SPOILER = "SPOILER_"  # how a file's name says that it is to be hidden


def attachment_lines(
    drawing: Drawing,
    attachments: Sequence[Attachment | AttachmentName],
    width: int,
    entry_key: str = "",
    *,
    is_revealed: bool = True,
    is_selected: bool = False,
) -> list[Pieces]:
    """Return one line a file; without `entry_key` nothing can be done with them, as in a forwarded message."""
    lines: list[Pieces] = []
    for number, attachment in enumerate(attachments[:MAX_ATTACHMENTS]):
        if attachment.filename.startswith(SPOILER) and not is_revealed:
            lines.append([Piece(fit(f"▤ {_('a hidden file')}", width), drawing.palette.style("spoiler"), "reveal")])
            continue
        transfer = drawing.names.transfer(entry_key, number) if entry_key else None
        can_cancel = isinstance(attachment, Attachment) and bool(attachment.url)  # what is not sent yet has none
        after = _after(
            drawing,
            attachment.size,
            transfer,
            number,
            can_act=bool(entry_key) and is_selected,
            can_cancel=can_cancel,
        )
        while len(after) > 1 and sum(cell_len(piece.text) for piece in after) > width - MIN_NAME_CELLS:
            after.pop()
        room = max(MIN_NAME_CELLS, width - sum(cell_len(piece.text) for piece in after))
        name = fit(f"▤ {safe_name(attachment.filename, 'file')}", room)
        action = f"file:open:{number}" if entry_key else None
        lines.append([Piece(name, drawing.palette.style("link"), action), *after])
        lines += _picture_lines(drawing, attachment, number, width)
        if transfer is not None and transfer.state is TransferState.FAILED:
            lines.append([Piece(fit(safe_line(transfer.error), width), drawing.palette.style("bad"))])
    return lines


def _picture_lines(drawing: Drawing, attachment: Attachment | AttachmentName, number: int, width: int) -> list[Pieces]:
    """Return the room of a picture, with the picture as soon as it is here."""
    source = of_attachment(attachment) if isinstance(attachment, Attachment) else None
    return [] if source is None else drawing.picture(source, width, f"file:view:{number}")


def _after(
    drawing: Drawing, size_bytes: int, transfer: Transfer | None, number: int, *, can_act: bool, can_cancel: bool
) -> Pieces:
    """Return what stands after the name; what can be spared comes last."""
    palette = drawing.palette
    if transfer is None or transfer.state is TransferState.DONE:
        pieces = [drawing.dim(f" {size_words(size_bytes)}")]
        if transfer is not None:
            pieces.append(drawing.dim(f" ✓ {_('saved')}"))
        if can_act:
            for word, label in (("save", _("save")), ("open", _("open")), ("url", _("copy URL"))):
                pieces += [drawing.dim(" "), Piece(f" {label} ", palette.style("chip"), f"file:{word}:{number}")]
        return pieces
    if transfer.state is TransferState.FAILED:
        return [drawing.dim("  "), Piece(f" {_('retry')} ", palette.style("chip-bad"), f"file:save:{number}")]
    full = round(transfer.share * BAR_CELLS)
    is_paused = transfer.state is TransferState.PAUSED
    label = _("resume") if is_paused else _("pause")
    return [
        Piece(f"  {'█' * full}{'░' * (BAR_CELLS - full)}", palette.style("warn" if is_paused else "accent")),
        drawing.dim(f" {int(transfer.share * 100)} % "),
        Piece(f" {label} ", palette.style("chip"), f"file:pause:{number}"),
        *([drawing.dim(" "), Piece(" ✕ ", palette.style("chip-bad"), f"file:cancel:{number}")] if can_cancel else []),
        drawing.dim(
            "  "
            + _("{done} of {total}").format(
                done=size_words(transfer.done_bytes), total=size_words(transfer.total_bytes)
            )
        ),
    ]
