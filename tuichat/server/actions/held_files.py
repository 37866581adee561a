"""Files of messages that stand in no store: an ephemeral answer's, kept for an hour."""

from collections import OrderedDict

import msgspec

from tuichat.server.store.message_rows import AttachmentRow

HOLD_S = 3600
MAX_HELD = 5000


class Held(msgspec.Struct, frozen=True):
    attachment: AttachmentRow
    until_ms: int


class HeldFiles:
    """By attachment, in the order of their end; beyond MAX_HELD the oldest go."""

    def __init__(self) -> None:
        self._by_id: OrderedDict[int, Held] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_id)

    def put(self, attachment: AttachmentRow, now_ms: int) -> None:
        self._by_id.pop(attachment.id, None)
        self._by_id[attachment.id] = Held(attachment, now_ms + HOLD_S * 1000)
        while len(self._by_id) > MAX_HELD or next(iter(self._by_id.values())).until_ms <= now_ms:
            self._by_id.popitem(last=False)

    def get(self, attachment_id: int, now_ms: int) -> AttachmentRow | None:
        held = self._by_id.get(attachment_id)
        return held.attachment if held is not None and held.until_ms > now_ms else None
