"""Loads who listens to a room, page by page and only what is shown: a big room's audience is long, and moves all the time."""

from collections.abc import Callable, Collection, Sequence

import msgspec

from tuichat.client import directory, room_routes
from tuichat.client.change import Change, RoomsChanged
from tuichat.client.rest import Rest
from tuichat.client.room_state import RoomState
from tuichat.client.state import State
from tuichat.protocol.live_room import MAX_AUDIENCE_PAGE, Audience

PAGE = 50  # taste: some screens of it
MAX_RENEWED = 5 * MAX_AUDIENCE_PAGE  # of those that were loaded; what lies further down is loaded when it is shown
RENEWED_EVERY_MS = 5000  # taste
RENEWED_AFTER_EACH_MS = 10  # for each listener, so that all of a room together ask a hundred times a second at most


class RoomAudience:
    """One account's. Every call that waits raises ClientError alone."""

    def __init__(
        self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None], now_ms: Callable[[], int]
    ) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit
        self._now_ms = now_ms
        self._loading: set[int] = set()
        self._renewed_ms: dict[int, int] = {}

    async def load(self, channel_id: int, limit: int = PAGE) -> None:
        """Load the next page, or what is true by now of those who were loaded; nothing while that is under way."""
        known = self._state.room(channel_id)
        if known is None or channel_id in self._loading:
            return
        now_ms, renewed_ms = self._now_ms(), self._renewed_ms.get(channel_id)
        renews = known.is_audience_old
        every_ms = max(RENEWED_EVERY_MS, known.room.listeners * RENEWED_AFTER_EACH_MS)
        if renews and renewed_ms is not None and now_ms < renewed_ms + every_ms:
            return
        self._loading.add(channel_id)
        try:
            if renews:
                self._renewed_ms[channel_id] = now_ms
                await self._renew(channel_id, known)
            else:
                page = await self._page(channel_id, len(known.audience_ids), max(1, min(limit, MAX_AUDIENCE_PAGE)))
                before = known.audience_ids
                self._take(channel_id, known, [*before, *self._people(channel_id, page, before)], page.count)
        finally:
            self._loading.discard(channel_id)

    async def _renew(self, channel_id: int, known: RoomState) -> None:
        wanted = min(len(known.audience_ids), MAX_RENEWED)
        known.is_audience_old = False
        found: list[int] = []
        while True:
            page = await self._page(channel_id, len(found), MAX_AUDIENCE_PAGE)
            new = self._people(channel_id, page, found)
            found += new
            if len(found) >= min(wanted, page.count) or not new:
                break
        self._take(channel_id, known, found, page.count)

    async def _page(self, channel_id: int, offset: int, limit: int) -> Audience:
        return await self._rest.get(room_routes.list_audience(channel_id, offset=offset, limit=limit), Audience)

    def _people(self, channel_id: int, page: Audience, before: Collection[int]) -> list[int]:
        """Know the people of a page; return the ids of those who are new."""
        guild, there = self._state.guild_of(channel_id), set(before)
        new: list[int] = []
        for each in page.people[:MAX_AUDIENCE_PAGE]:
            if guild is not None:
                directory.put_member(self._state, guild, each.member)
            user_id = int(each.member.user.id)
            if user_id not in there:
                there.add(user_id)
                new.append(user_id)
        return new

    def _take(self, channel_id: int, known: RoomState, audience_ids: list[int], count: int) -> None:
        if self._state.room(channel_id) is known:  # else it ended meanwhile
            known.audience_ids = audience_ids
            known.room = msgspec.structs.replace(known.room, listeners=max(0, count))
            self._emit([RoomsChanged(int(known.room.guild_id), channel_id)])
