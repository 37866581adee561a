"""Sends messages to one place: in order, once, and the next when the one before has arrived."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from tuichat.client import timeline
from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.errors import RefusedError
from tuichat.client.message_arrival import arrived as arrived
from tuichat.client.message_arrival import wait_arrived
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
            await wait_arrived(self._client, self._channel_id, entry, moved)
            is_arrived = True
        except asyncio.CancelledError:
            with contextlib.suppress(TimeoutError, RefusedError):
                async with asyncio.timeout(LAST_LIMIT_S):
                    await wait_arrived(self._client, self._channel_id, entry, moved)
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
