"""The hallway of one account's server: what is live there, and what comes."""

from tuichat.client.rest import Rest
from tuichat.client.routes import Request, make_request
from tuichat.client.state import State
from tuichat.protocol.coming import Coming, ComingEvent
from tuichat.protocol.follow import FEATURE as FOLLOWS
from tuichat.protocol.live_room import FEATURE as LIVE_ROOMS
from tuichat.protocol.live_room import MAX_DIRECTORY, MAX_QUERY_CHARACTERS, FoundRoom, LiveRoomDirectory


def find_rooms(query: str) -> Request:
    asked = {"limit": str(MAX_DIRECTORY)} | ({"query": query[:MAX_QUERY_CHARACTERS]} if query else {})
    return make_request("GET", "/tuichat/live-rooms", query=asked)


def list_coming() -> Request:
    return make_request("GET", "/tuichat/coming")


class Hallway:
    """Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest) -> None:
        self._state = state
        self._rest = rest

    @property
    def is_there(self) -> bool:
        """Whether the server has a directory of rooms, or knows what comes."""
        return not self._state.features.isdisjoint((LIVE_ROOMS, FOLLOWS))

    async def live(self, query: str = "") -> list[FoundRoom]:
        """What is live, as the server ranks it; with a query, of that what it finds."""
        if LIVE_ROOMS not in self._state.features:
            return []
        return (await self._rest.get(find_rooms(query.strip()), LiveRoomDirectory)).rooms[:MAX_DIRECTORY]

    async def coming(self) -> list[ComingEvent]:
        """What comes, the next one first."""
        if FOLLOWS not in self._state.features:
            return []
        return (await self._rest.get(list_coming(), Coming)).events
