"""Waiting for a channel that was joined by a request: the gateway tells of it in its own time."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuichat.client.change import Change

if TYPE_CHECKING:
    from tuichat.client.client import Client

LIMIT_S = 5.0  # taste: how long a guild that was joined may take to appear


async def arrived(client: "Client", channel_id: int) -> bool:
    """Wait until a channel is known; return whether it came in time."""
    if channel_id in client.state.channels:
        return True
    known = asyncio.Event()

    def look(changes: Sequence[Change]) -> None:
        if channel_id in client.state.channels:
            known.set()

    unsubscribe = client.subscribe(look)
    try:
        async with asyncio.timeout(LIMIT_S):
            await known.wait()
    except TimeoutError:
        return False
    finally:
        unsubscribe()
    return True
