"""What those who run a guild change about it."""

from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, leave_guild, make_request
from tuichat.protocol.guild import Role
from tuichat.protocol.rest import EditGuildRequest, RoleRequest


def edit_guild(guild_id: int, edit: EditGuildRequest) -> Request:
    return make_request("PATCH", "/guilds/{}", guild_id, body=edit)


def delete_guild(guild_id: int) -> Request:
    return make_request("DELETE", "/guilds/{}", guild_id)


def create_role(guild_id: int, role: RoleRequest) -> Request:
    return make_request("POST", "/guilds/{}/roles", guild_id, body=role, repeat=Repeat.UNSAFE)


def edit_role(guild_id: int, role_id: int, edit: RoleRequest) -> Request:
    return make_request("PATCH", "/guilds/{}/roles/{}", guild_id, role_id, body=edit)


def delete_role(guild_id: int, role_id: int) -> Request:
    return make_request("DELETE", "/guilds/{}/roles/{}", guild_id, role_id)


class GuildSettings:
    """An account's way to change its guilds; what changed comes as a dispatch. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def edit(self, guild_id: int, edit: EditGuildRequest) -> None:
        await self._rest.perform(edit_guild(guild_id, edit))

    async def leave(self, guild_id: int) -> None:
        await self._rest.perform(leave_guild(guild_id))

    async def delete(self, guild_id: int) -> None:
        """Delete a guild with all that is in it, as its owner."""
        await self._rest.perform(delete_guild(guild_id))

    async def create_role(self, guild_id: int, name: str) -> Role:
        """Make a role just above @everyone, with what @everyone may do."""
        return await self._rest.get(create_role(guild_id, RoleRequest(name=name)), Role)

    async def edit_role(self, guild_id: int, role_id: int, edit: RoleRequest) -> None:
        await self._rest.perform(edit_role(guild_id, role_id, edit))

    async def delete_role(self, guild_id: int, role_id: int) -> None:
        await self._rest.perform(delete_role(guild_id, role_id))
