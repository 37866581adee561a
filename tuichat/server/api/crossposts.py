"""Routes: following announcement channels, and publishing their messages."""

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import crossposts
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer


class FollowRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which channel is to get the messages."""

    webhook_channel_id: Snowflake


class Followers(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, FollowRequest)
        answer(resp, await crossposts.follow(self.context, actor, channel_id, body.webhook_channel_id))


class Crosspost(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        answer(resp, await crossposts.crosspost(self.context, actor, channel_id, message_id))


ROUTES = {
    "/channels/{channel_id}/followers": Followers,
    "/channels/{channel_id}/messages/{message_id}/crosspost": Crosspost,
}
