"""Waiting for a message that was put on its way to be on the server."""

import asyncio
from typing import TYPE_CHECKING

from tuichat.client import timeline
from tuichat.client.errors import RefusedError
from tuichat.client.state import Delivery, Entry

if TYPE_CHECKING:
    from tuichat.client.client import Client


async def arrived(client: "Client", key: str) -> int:
    """Return the id of a message that a command has put on its way, once it is on the server. Raises RefusedError.

    0 where this account has put no such message on its way.
    """
    for channel_id, known in client.state.timelines.items():
        entry = timeline.find_unsent(known, key)
        if entry is not None:
            return await _arrived_there(client, channel_id, entry)
    return 0


async def _arrived_there(client: "Client", channel_id: int, entry: Entry) -> int:
    moved = asyncio.Event()
    unsubscribe = client.subscribe(lambda _changes: moved.set())
    try:
        await wait_arrived(client, channel_id, entry, moved)
    finally:
        unsubscribe()
        if entry.delivery is not Delivery.CONFIRMED:
            client.discard_message(channel_id, entry.key)
    return int(entry.message.id)


async def wait_arrived(client: "Client", channel_id: int, entry: Entry, moved: asyncio.Event) -> None:
    """Return once an entry is on the server; `moved` is set at each change. Raises RefusedError."""
    known = client.state.timeline(channel_id)
    while timeline.find_unsent(known, entry.key) is not None:
        if entry.delivery is Delivery.FAILED:
            raise RefusedError(entry.error)
        moved.clear()
        await moved.wait()
