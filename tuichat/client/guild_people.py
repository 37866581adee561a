"""Who is in a guild and who is banned from it, page by page."""

from collections.abc import Callable, Sequence

from tuichat.client import directory
from tuichat.client.change import Change, MembersChanged
from tuichat.client.rest import Rest
from tuichat.client.routes import Request, make_request
from tuichat.client.state import State
from tuichat.protocol.ban import Ban
from tuichat.protocol.guild import Member

PAGE = 100


def list_members(guild_id: int, after: int) -> Request:
    query = {"limit": str(PAGE), "after": str(after)}
    return make_request("GET", "/guilds/{}/members", guild_id, query=query, patience_s=5)


def search_members(guild_id: int, beginning: str) -> Request:
    query = {"limit": str(PAGE), "query": beginning}
    return make_request("GET", "/guilds/{}/members/search", guild_id, query=query, patience_s=5)


def list_bans(guild_id: int, after: int) -> Request:
    query = {"limit": str(PAGE), "after": str(after)}
    return make_request("GET", "/guilds/{}/bans", guild_id, query=query, patience_s=5)


class GuildPeople:
    """An account's. Members that were asked for are in the state. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    async def members(self, guild_id: int, after: int = 0) -> list[Member]:
        """Return the PAGE members whose ids follow; fewer are the last ones."""
        return self._learn(guild_id, await self._rest.get(list_members(guild_id, after), list[Member]))

    async def search(self, guild_id: int, beginning: str) -> list[Member]:
        """Return up to PAGE members with a name that begins so, whatever its case."""
        return self._learn(guild_id, await self._rest.get(search_members(guild_id, beginning), list[Member]))

    def _learn(self, guild_id: int, members: list[Member]) -> list[Member]:
        guild = self._state.guilds.get(guild_id)
        members = members[:PAGE]
        if guild is not None and members:
            for member in members:
                directory.put_member(self._state, guild, member)
            self._emit([MembersChanged(guild_id)])
        return members

    async def bans(self, guild_id: int, after: int = 0) -> list[Ban]:
        """Return the PAGE bans whose users' ids follow; fewer are the last ones."""
        return (await self._rest.get(list_bans(guild_id, after), list[Ban]))[:PAGE]

    async def unban(self, guild_id: int, user_id: int) -> None:
        await self._rest.perform(make_request("DELETE", "/guilds/{}/bans/{}", guild_id, user_id))
