"""Keeps what an account reads on disk as it changes, and shows it while the server cannot be reached."""

import asyncio
from collections.abc import Callable, Sequence

from tuichat.client.change import (
    Change,
    ChannelsChanged,
    GuildChanged,
    GuildsChanged,
    HistoryLoaded,
    MessageAdded,
    MessageChanged,
    MessageRemoved,
    ReadStateChanged,
    TimelineReset,
)
from tuichat.client.message_cache import MessageCache, places_of, show_places
from tuichat.client.state import Delivery, Entry, State
from tuichat.protocol.message import Message

WRITE_DELAY_S = 3.0  # taste: a burst of messages is one write
_OF_PLACES = (GuildsChanged, GuildChanged, ChannelsChanged, ReadStateChanged)
_OF_MESSAGES = (MessageAdded, MessageChanged, MessageRemoved, HistoryLoaded, TimelineReset)


class OfflineReading:
    """One account's; `run` is a task of its account."""

    def __init__(self, state: State, cache: MessageCache, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._cache = cache
        self._emit = emit
        self._due = asyncio.Event()
        self._has_new_places = False
        self._changed: set[int] = set()

    async def restore(self) -> None:
        """Show the servers and channels of the last time, until the server says how they are now."""
        places = await asyncio.to_thread(self._cache.load_places)
        if places is not None and self._state.me is None:
            show_places(self._state, places)
            self._emit([GuildsChanged()])

    async def show(self, channel_id: int) -> None:
        """Show a channel's messages of the last time, where nothing newer is known."""
        known = self._state.timeline(channel_id)
        if known.confirmed or not known.is_stale:
            return
        messages = await asyncio.to_thread(self._cache.load, channel_id)
        if messages and not known.confirmed and known.is_stale and not known.is_loading:
            known.confirmed = [Entry(str(int(message.id)), message) for message in messages]
            self._emit([TimelineReset(channel_id)])

    def note(self, changes: Sequence[Change]) -> None:
        """Remember what has to be written."""
        if not self._state.session:
            return  # what is shown comes from the cache itself
        for change in changes:
            if isinstance(change, _OF_PLACES):
                self._has_new_places = True
            elif isinstance(change, _OF_MESSAGES):
                self._changed.add(change.channel_id)
        if self._has_new_places or self._changed:
            self._due.set()

    async def run(self) -> None:
        """Write what has changed, once in a while."""
        while True:
            await self._due.wait()
            await asyncio.sleep(WRITE_DELAY_S)
            await self.write()

    async def write(self) -> None:
        """Write what has changed now."""
        self._due.clear()
        places = places_of(self._state) if self._has_new_places else None
        pages = {channel_id: page for channel_id in self._changed if (page := self._page(channel_id)) is not None}
        self._has_new_places = False
        self._changed.clear()

        def keep() -> None:
            if places is not None:
                self._cache.save_places(places)
            for channel_id, messages in pages.items():
                self._cache.save(channel_id, messages)
            self._cache.trim()

        if places is not None or pages:
            await asyncio.to_thread(keep)

    def _page(self, channel_id: int) -> list[Message] | None:
        """Return what is to be kept of a channel; None where what is known may have gaps."""
        known = self._state.timelines.get(channel_id)
        if known is None or known.is_stale or channel_id not in self._state.channels:
            return None
        return [entry.message for entry in known.confirmed if entry.delivery is Delivery.CONFIRMED]
