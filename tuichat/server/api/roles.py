"""Routes: the roles of a guild."""

from tuichat.protocol.rest.guild import RolePosition, RoleRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import roles
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing


class Roles(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await roles.list_roles(self.context, await self.actor(req), guild_id))

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await roles.create_role(self.context, actor, guild_id, await read_body(req, RoleRequest)))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        positions = await read_body(req, list[RolePosition])
        answer(resp, await roles.move_roles(self.context, actor, guild_id, positions))


class RoleMemberCounts(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await roles.count_members(self.context, await self.actor(req), guild_id))


class Role(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, role_id: Snowflake) -> None:
        answer(resp, await roles.get_role(self.context, await self.actor(req), guild_id, role_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake, role_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, RoleRequest)
        answer(resp, await roles.edit_role(self.context, actor, guild_id, role_id, body))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, role_id: Snowflake) -> None:
        await roles.delete_role(self.context, await self.actor(req), guild_id, role_id)
        answer_nothing(resp)


ROUTES = {
    "/guilds/{guild_id}/roles": Roles,
    "/guilds/{guild_id}/roles/member-counts": RoleMemberCounts,
    "/guilds/{guild_id}/roles/{role_id}": Role,
}
