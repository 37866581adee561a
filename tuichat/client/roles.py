"""The roles of a guild: making, changing, moving and deleting them, and who has them."""

from collections.abc import Callable, Mapping, Sequence

from tuichat.client import directory
from tuichat.client.change import Change
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.client.state import State
from tuichat.protocol.guild import Role
from tuichat.protocol.rest.guild import RolePosition, RoleRequest
from tuichat.protocol.snowflake import Snowflake


def create_role(guild_id: int, role: RoleRequest) -> Request:
    return make_request("POST", "/guilds/{}/roles", guild_id, body=role, repeat=Repeat.UNSAFE)


def edit_role(guild_id: int, role_id: int, edit: RoleRequest) -> Request:
    return make_request("PATCH", "/guilds/{}/roles/{}", guild_id, role_id, body=edit)


def move_roles(guild_id: int, positions: Mapping[int, int]) -> Request:
    body = [RolePosition(Snowflake(role_id), position) for role_id, position in positions.items()]
    return make_request("PATCH", "/guilds/{}/roles", guild_id, body=body)


class Roles:
    """An account's. What the server answers is in the state at once. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    async def create(self, guild_id: int, role: RoleRequest) -> Role:
        """Make a role just above @everyone; it allows what @everyone may do where `role` does not say."""
        made = await self._rest.get(create_role(guild_id, role), Role)
        self._emit(directory.put_role(self._state, guild_id, made))
        return made

    async def edit(self, guild_id: int, role_id: int, edit: RoleRequest) -> None:
        changed = await self._rest.get(edit_role(guild_id, role_id, edit), Role)
        self._emit(directory.put_role(self._state, guild_id, changed))

    async def move(self, guild_id: int, positions: Mapping[int, int]) -> None:
        """Put roles at positions (`role_rank.steps`)."""
        for role in await self._rest.get(move_roles(guild_id, positions), list[Role]):
            self._emit(directory.put_role(self._state, guild_id, role))

    async def delete(self, guild_id: int, role_id: int) -> None:
        await self._rest.perform(make_request("DELETE", "/guilds/{}/roles/{}", guild_id, role_id))

    async def give(self, guild_id: int, user_id: int, role_id: int) -> None:
        await self._rest.perform(make_request("PUT", "/guilds/{}/members/{}/roles/{}", guild_id, user_id, role_id))

    async def take(self, guild_id: int, user_id: int, role_id: int) -> None:
        await self._rest.perform(make_request("DELETE", "/guilds/{}/members/{}/roles/{}", guild_id, user_id, role_id))

    async def member_counts(self, guild_id: int) -> dict[int, int]:
        """Return how many members have each role, by its id, @everyone left out."""
        wanted = make_request("GET", "/guilds/{}/roles/member-counts", guild_id)
        counts = await self._rest.get(wanted, dict[Snowflake, int])
        return {int(role_id): count for role_id, count in counts.items()}
