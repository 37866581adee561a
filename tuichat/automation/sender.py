"""Sends messages to one place: in order, once, and the next when the one before has arrived."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from tuichat.client import timeline
from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.errors import RefusedError
from tuichat.client.state import Delivery, Entry
from tuichat.client.uploads import OutgoingFile

LAST_LIMIT_S = 2.0  # taste: how long an interrupted run waits to learn whether its last message arrived


class Sender:
    """Sends with a nonce each, so that what is tried again arrives once."""

    def __init__(self, client: Client, channel_id: int) -> None:
        self._client = client
        self._channel_id = channel_id
        self.sent = 0
        self._begun_s = time.monotonic()

    async def send(self, text: str, files: Sequence[OutgoingFile] = ()) -> int:
        """Return the id of the message once it is on the server. Raises ClientError where it is refused.

        Cancelled, it waits a moment for a message that is on its way, and takes back one that has not left.
        """
        moved = asyncio.Event()

        def look(_changes: Sequence[Change]) -> None:
            moved.set()

        unsubscribe = self._client.subscribe(look)
        key = self._client.send_message(self._channel_id, text, files=files)
        entry = timeline.find_unsent(self._client.state.timeline(self._channel_id), key)
        assert entry is not None, "an entry is in the timeline from when its message is on its way"
        is_arrived = False
        try:
            await _arrived(self._client, self._channel_id, entry, moved)
            is_arrived = True
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError, RefusedError):
                async with asyncio.timeout(LAST_LIMIT_S):
                    await _arrived(self._client, self._channel_id, entry, moved)
                    is_arrived = True
            raise
        finally:
            unsubscribe()
            if is_arrived:
                self.sent += 1
            else:
                self._client.discard_message(self._channel_id, key)
        return int(entry.message.id)

    def left_s(self, waiting: int) -> float | None:
        """Return how many seconds so many messages will take at the pace so far, None where there is none yet."""
        if not self.sent:
            return None
        return waiting * (time.monotonic() - self._begun_s) / self.sent


async def arrived(client: Client, key: str) -> int:
    """Return the id of a message that a command has put on its way, once it is on the server. Raises RefusedError.

    0 where this account has put no such message on its way.
    """
    for channel_id, known in client.state.timelines.items():
        entry = timeline.find_unsent(known, key)
        if entry is not None:
            return await _arrived_there(client, channel_id, entry)
    return 0


async def _arrived_there(client: Client, channel_id: int, entry: Entry) -> int:
    moved = asyncio.Event()
    unsubscribe = client.subscribe(lambda _changes: moved.set())
    try:
        await _arrived(client, channel_id, entry, moved)
    finally:
        unsubscribe()
        if entry.delivery is not Delivery.CONFIRMED:
            client.discard_message(channel_id, entry.key)
    return int(entry.message.id)


async def _arrived(client: Client, channel_id: int, entry: Entry, moved: asyncio.Event) -> None:
    known = client.state.timeline(channel_id)
    while timeline.find_unsent(known, entry.key) is not None:
        if entry.delivery is Delivery.FAILED:
            raise RefusedError(entry.error)
        moved.clear()
        await moved.wait()
