"""Routes: whom and what one follows, and what comes."""

from tuichat.protocol.coming import MAX_COMING
from tuichat.protocol.follow import ChooseTopicsRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import coming, follows
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_int


class Follows(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, follows.list_follows(self.context, await self.actor(req)))


class FollowedUser(Resource):
    async def on_put(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await follows.follow_user(self.context, actor, user_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        await follows.unfollow_user(self.context, await self.actor(req), user_id)
        answer_nothing(resp)


class FollowedGuild(Resource):
    async def on_put(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await follows.follow_guild(self.context, actor, guild_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        await follows.unfollow_guild(self.context, await self.actor(req), guild_id)
        answer_nothing(resp)


class Topics(Resource):
    async def on_put(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        answer(resp, await follows.choose_topics(self.context, actor, await read_body(req, ChooseTopicsRequest)))


class Coming(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        limit = query_int(req, "limit", MAX_COMING, minimum=1, maximum=MAX_COMING)
        answer(resp, await coming.list_coming(self.context, actor, limit=limit))


ROUTES = {
    "/tuichat/follows": Follows,
    "/tuichat/follows/users/{user_id}": FollowedUser,
    "/tuichat/follows/guilds/{guild_id}": FollowedGuild,
    "/tuichat/follows/topics": Topics,
    "/tuichat/coming": Coming,
}
