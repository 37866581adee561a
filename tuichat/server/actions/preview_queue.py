"""The messages whose links wait to be looked at."""

import asyncio

import msgspec

MAX_QUEUED = 500  # beyond it, links of new messages stay without a preview


class Wanted(msgspec.Struct, frozen=True):
    """A message as it was when its links were to be looked at."""

    channel_id: int
    message_id: int


class PreviewQueue:
    """First come, first served; the newest find no room when it is full."""

    def __init__(self, *, is_open: bool) -> None:
        self.is_open = is_open
        self._queue: asyncio.Queue[Wanted] = asyncio.Queue(MAX_QUEUED)

    def __len__(self) -> int:
        return self._queue.qsize()

    def put(self, wanted: Wanted) -> bool:
        """Take a message in; False when it finds no room, or there are no previews."""
        if not self.is_open or self._queue.full():
            return False
        self._queue.put_nowait(wanted)
        return True

    async def get(self) -> Wanted:
        return await self._queue.get()
