"""Fetches what was written before: first pages, older and newer ones, windows into the past, and again what became stale."""

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
        if not any(each.is_stale for each in (known, self._state.shown(channel_id))):
            return
        async with self._lock(channel_id):
            for _ in range(MAX_TRIES):
                if not known.is_stale or await self._refresh_once(known):
                    break
            window = self._state.windows.get(channel_id)
            for _ in range(MAX_TRIES):
                if window is None or not window.is_stale or await self._refresh_window(window):
                    break

    async def load_older(self, channel_id: int, limit: int) -> None:
        """Fetch the page before the oldest known message; nothing where a load is under way or the first is known.

        Raises ClientError.
        """
        known = self._state.shown(channel_id)
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

    async def load_newer(self, channel_id: int, limit: int) -> None:
        """Fetch the page after the last message of a window; where it reaches the present, the two are one again.

        Raises ClientError.
        """
        window = self._state.windows.get(channel_id)
        if window is None or window.is_loading:
            return
        await self.refresh(channel_id)
        async with self._lock(channel_id):
            if self._state.windows.get(channel_id) is not window or window.is_stale or not window.confirmed:
                return
            generation = timeline.begin_load(window)
            try:
                limit = min(max(limit, 1), routes.PAGE_MESSAGES)
                page, is_last = await self._fetch_newer(channel_id, limit, window.confirmed[-1].message.id)
                if window.generation != generation:
                    return
                changes = timeline.show_newer(window, page, reaches_end=is_last)
            finally:
                timeline.end_load(window)
            if not self._settle_window(window):
                self._emit(changes)

    async def load_around(self, channel_id: int, message_id: int) -> None:
        """Have what is shown of a channel hold the place of this id: a window into the past where it lies before what is known.

        Any snowflake will do, also one made of a time. Raises ClientError; then nothing has changed.
        """
        await self.refresh(channel_id)
        if timeline.covers(self._state.timeline(channel_id), message_id):
            self.leave_window(channel_id)
            return
        shown = self._state.windows.get(channel_id)
        if shown is not None and timeline.covers(shown, message_id):
            return
        async with self._lock(channel_id):
            window = self._state.arriving[channel_id] = Timeline(channel_id, has_newer=True)
            try:
                for _ in range(MAX_TRIES):
                    generation = timeline.begin_load(window)
                    page = await self._rest.get(
                        routes.list_messages(channel_id, limit=FIRST_PAGE, around=message_id), list[Message]
                    )
                    if window.generation == generation:
                        timeline.show_window(window, page)
                        break
            finally:
                timeline.end_load(window)
                del self._state.arriving[channel_id]
            if window.confirmed:
                self._state.windows[channel_id] = window
                if not self._settle_window(window):
                    self._emit([TimelineReset(channel_id)])

    async def find(self, channel_id: int, message_id: int) -> Message | None:
        """Return one message, from the server where it is not at hand; None where there is none. Raises ClientError."""
        for known in self._state.all_timelines(channel_id):
            if not known.is_stale and (entry := known.find(message_id)) is not None:
                return entry.message
        wanted = routes.list_messages(channel_id, limit=1, around=message_id)
        page = await self._rest.get(wanted, list[Message])
        return next((each for each in page if each.id == message_id), None)

    def leave_window(self, channel_id: int) -> None:
        """Show the present again."""
        if self._state.windows.pop(channel_id, None) is not None:
            self._emit([TimelineReset(channel_id)])

    def _settle_window(self, window: Timeline) -> bool:
        """Make the window and the present one where they touch."""
        if not timeline.join(self._state.timeline(window.channel_id), window):
            return False
        self.leave_window(window.channel_id)
        return True

    async def _refresh_window(self, window: Timeline) -> bool:
        """Read a window again from its first message to its last. Return whether it is fresh now, or gone."""
        if not window.confirmed:
            self.leave_window(window.channel_id)
            return True
        generation = timeline.begin_load(window)
        try:
            messages: list[Message] = []
            after, last = window.confirmed[0].message.id - 1, window.confirmed[-1].message.id
            for _ in range(MAX_RECONCILED_PAGES):
                page, is_last = await self._fetch_newer(window.channel_id, routes.PAGE_MESSAGES, after)
                messages += page
                after = max((message.id for message in page), default=last)
                if is_last or after >= last:
                    break
            if window.generation != generation:
                return False
            changes = timeline.show_window(window, messages)
        finally:
            timeline.end_load(window)
        if not window.confirmed:
            self.leave_window(window.channel_id)
        elif not self._settle_window(window):
            self._emit(changes)
        return True

    async def _fetch_newer(self, channel_id: int, limit: int, after: int) -> tuple[list[Message], bool]:
        """Return the messages after one, and whether the newest is among them."""
        page = await self._rest.get(routes.list_messages(channel_id, limit=limit, after=after), list[Message])
        useful = [message for message in page if message.id > after]
        return useful, len(page) < limit or not useful

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
