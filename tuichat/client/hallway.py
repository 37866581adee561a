"""The hallway of one account's server: what is live there, and what comes."""

import msgspec

from tuichat.client.known_hallway import known_events, known_rooms
from tuichat.client.rest import Rest
from tuichat.client.room_state import bounded_room
from tuichat.client.routes import Request, make_request
from tuichat.client.state import State
from tuichat.protocol.coming import MAX_COMING, Coming, ComingEvent
from tuichat.protocol.follow import FEATURE as FOLLOWS
from tuichat.protocol.live_room import FEATURE as LIVE_ROOMS
from tuichat.protocol.live_room import (
    MAX_DIRECTORY,
    MAX_PEOPLE_SHOWN,
    MAX_QUERY_CHARACTERS,
    FoundRoom,
    LiveRoomDirectory,
)
from tuichat.protocol.room_search import query_words, room_finds


def find_rooms(query: str) -> Request:
    asked = {"limit": str(MAX_DIRECTORY)} | ({"query": query[:MAX_QUERY_CHARACTERS]} if query else {})
    return make_request("GET", "/tuichat/live-rooms", query=asked)


def list_coming() -> Request:
    return make_request("GET", "/tuichat/coming")


class Hallway:
    """Every call raises ClientError alone. Of a server without a directory it is what the account knows of its guilds."""

    def __init__(self, state: State, rest: Rest) -> None:
        self._state = state
        self._rest = rest

    @property
    def is_there(self) -> bool:
        """Whether the server has a directory, or the account knows of anything that is live or comes."""
        has_any = any(guild.rooms or guild.events for guild in self._state.guilds.values())
        return has_any or not self._state.features.isdisjoint((LIVE_ROOMS, FOLLOWS))

    async def live(self, query: str = "") -> list[FoundRoom]:
        """What is live, as the server ranks it; with a query, of that what it finds."""
        if LIVE_ROOMS not in self._state.features:
            words = query_words(query)
            return [each for each in known_rooms(self._state) if room_finds(each, words)]
        answer = await self._rest.get(find_rooms(query.strip()), LiveRoomDirectory)
        return [_bounded(each) for each in answer.rooms[:MAX_DIRECTORY]]

    async def coming(self) -> list[ComingEvent]:
        """What comes, the next one first."""
        if FOLLOWS not in self._state.features:
            return known_events(self._state)
        return (await self._rest.get(list_coming(), Coming)).events[:MAX_COMING]


def _bounded(found: FoundRoom) -> FoundRoom:
    """Return a room with no more of anything than our server tells."""
    return msgspec.structs.replace(found, room=bounded_room(found.room), people=found.people[:MAX_PEOPLE_SHOWN])
