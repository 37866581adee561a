"""Fetches what was written before: first pages, older pages, and everything again that a fresh session made stale."""

import asyncio
from collections.abc import Callable, Sequence

from tuichat.client import routes, timeline
from tuichat.client.change import Change, TimelineReset
from tuichat.client.errors import ClientError
from tuichat.client.rest import Rest
from tuichat.client.state import State, Timeline
from tuichat.protocol.message import Message

FIRST_PAGE = 50
MAX_RECONCILED_PAGES = 10  # taste: a thousand messages back a reader keeps the place; beyond it the end is shown
FORBIDDEN = 403
MAX_TRIES = 5  # taste: a connection that breaks again within each fetch has other troubles


class History:
    """The pages of one account's channels; one load at a time in each channel."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit
        self._locks: dict[int, asyncio.Lock] = {}

    async def refresh(self, channel_id: int) -> None:
        """Make a channel's timeline fresh: fetch its first page, or reconcile what is known with what is true now.

        Raises ClientError; the timeline then stays stale.
        """
        known = self._state.timeline(channel_id)
        if not known.is_stale:
            return
        async with self._lock(channel_id):
            for _ in range(MAX_TRIES):
                if not known.is_stale or await self._refresh_once(known):
                    return

    async def load_older(self, channel_id: int, limit: int) -> None:
        """Fetch the page before the oldest known message; nothing where a load is under way or the first is known.

        Raises ClientError.
        """
        known = self._state.timeline(channel_id)
        if known.is_loading or not (known.is_stale or known.has_older):
            return
        if known.is_stale or not known.confirmed:
            await self.refresh(channel_id)
            return
        async with self._lock(channel_id):
            if known.is_stale or not known.has_older or not known.confirmed:
                return
            generation = timeline.begin_load(known)
            try:
                before = known.confirmed[0].message.id
                page = await self._fetch(channel_id, min(max(limit, 1), routes.PAGE_MESSAGES), before)
                if known.generation == generation:
                    self._emit(
                        timeline.show_older(known, page.messages, before=before, reaches_start=page.reaches_start)
                    )
            finally:
                timeline.end_load(known)

    async def _refresh_once(self, known: Timeline) -> bool:
        """Return whether the timeline is fresh now; it is not where it became stale again meanwhile."""
        generation = timeline.begin_load(known)
        oldest = known.confirmed[0].message.id if known.confirmed else None
        try:
            messages: list[Message] = []
            reaches_start = False
            try:
                for _ in range(MAX_RECONCILED_PAGES):
                    before = min((message.id for message in messages), default=None)
                    limit = FIRST_PAGE if oldest is None else routes.PAGE_MESSAGES
                    page = await self._fetch(known.channel_id, limit, before)
                    messages += page.messages
                    reaches_start = page.reaches_start
                    if reaches_start or oldest is None or min(message.id for message in messages) <= oldest:
                        break
            except ClientError as error:
                if error.status != FORBIDDEN:
                    raise
                reaches_start = True  # nobody may read what was; what comes is shown
            if known.generation != generation:
                return False
            own_id = self._state.me.id if self._state.me else 0
            changes: list[Change] = timeline.show_newest(known, messages, reaches_start=reaches_start, own_id=own_id)
        finally:
            timeline.end_load(known)
        self._emit(changes or [TimelineReset(known.channel_id)])
        return True

    async def _fetch(self, channel_id: int, limit: int, before: int | None) -> "_Page":
        messages = await self._rest.get(routes.list_messages(channel_id, limit=limit, before=before), list[Message])
        useful = [message for message in messages if before is None or message.id < before]
        return _Page(useful, reaches_start=len(messages) < limit or not useful)

    def _lock(self, channel_id: int) -> asyncio.Lock:
        return self._locks.setdefault(channel_id, asyncio.Lock())


class _Page:
    """One answer: its messages, and whether the channel's first is among them."""

    def __init__(self, messages: list[Message], *, reaches_start: bool) -> None:
        self.messages = messages
        self.reaches_start = reaches_start
