"""The trial of voice's way that goes with a test of the devices."""

import asyncio
import contextlib
from collections.abc import Callable, Collection

from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.state import Connection
from tuichat.client.voice_way import VoiceWay


class WayTrial:
    """`changed` is called as soon as `way` is known; it stays None where a server cannot be asked, or does not answer."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._trial: asyncio.Task[None] | None = None
        self.way: VoiceWay | None = None

    def start(self, clients: Collection[Client]) -> None:
        """Try the way to where one would talk, unless one is in a call, which knows it."""
        self.stop()
        client = _likeliest(clients)
        if client is not None:
            self._trial = asyncio.create_task(self._find(client), name="way of voice")

    def stop(self) -> None:
        self.way = None
        trial, self._trial = self._trial, None
        if trial is not None:
            trial.cancel()

    async def _find(self, client: Client) -> None:
        with contextlib.suppress(ClientError):
            self.way = await client.voice.way.find()
            self._changed()


def _likeliest(clients: Collection[Client]) -> Client | None:
    """Return the account of the last call, else one on another machine, else any; None while one is in a call."""
    if any(client.voice.is_in_call for client in clients):
        return None
    ready = [client for client in clients if client.state.connection is Connection.READY]
    return min(ready, key=lambda client: (client.voice.call is None, client.voice.way.is_on_this_machine), default=None)
