"""The message that a message forwards."""

from collections.abc import Iterator

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import Message

MAX_SNAPSHOTS = 1  # of a forward, as on the wire


class AttachmentName(msgspec.Struct, frozen=True):
    """What is told of a file."""

    filename: str = ""
    size: int = 0


class Forwarded(msgspec.Struct, frozen=True):
    """The parts of a forwarded message that a terminal can show, as strangers wrote them."""

    content: str = ""
    embeds: list[msgspec.Raw] = []
    components: list[msgspec.Raw] = []
    attachments: list[AttachmentName] = []


class _Snapshot(msgspec.Struct, frozen=True):
    message: Forwarded


def forwarded(message: Message) -> Iterator[Forwarded]:
    """Yield what a message forwards; what cannot be read is left out."""
    if message.message_snapshots is UNSET:
        return
    for raw in message.message_snapshots[:MAX_SNAPSHOTS]:
        try:
            yield msgspec.json.decode(raw, type=_Snapshot).message
        except (msgspec.DecodeError, RecursionError):
            continue
