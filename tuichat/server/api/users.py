"""Routes: oneself, other users, and the guilds that one is in."""

from tuichat.protocol.rest import EditUserRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import guilds, members, users
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_id, query_int


class Me(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, users.get_me(self.context, await self.actor(req)))

    async def on_patch(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        answer(resp, await users.edit_me(self.context, actor, await read_body(req, EditUserRequest)))


class User(Resource):
    async def on_get(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        answer(resp, users.get_user(self.context, await self.actor(req), user_id))


class MyGuilds(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        found = await guilds.list_my_guilds(
            self.context,
            actor,
            before=query_id(req, "before"),
            after=query_id(req, "after"),
            limit=query_int(req, "limit", 200, minimum=1, maximum=200),
        )
        answer(resp, found)


class MyGuild(Resource):
    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        await guilds.leave_guild(self.context, await self.actor(req), guild_id)
        answer_nothing(resp)


class MyMember(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await members.get_member(self.context, actor, guild_id, actor.user_id))


ROUTES = {
    "/users/@me": Me,
    "/users/@me/guilds": MyGuilds,
    "/users/@me/guilds/{guild_id}": MyGuild,
    "/users/@me/guilds/{guild_id}/member": MyMember,
    "/users/{user_id}": User,
}
