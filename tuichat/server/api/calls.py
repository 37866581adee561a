"""Routes: calls of direct messages and groups."""

from msgspec import UNSET

from tuichat.protocol.call import EditCallRequest, RingRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import calls
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing


class Call(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        """Whether one may ring the others there."""
        answer(resp, await calls.get_eligibility(self.context, await self.actor(req), channel_id))

    async def on_patch(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditCallRequest)
        await calls.set_region(self.context, actor, channel_id, body.region if isinstance(body.region, str) else None)
        answer_nothing(resp)


class Ring(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        """Ring people of the call that goes on there, all of them without a list."""
        actor = await self.actor(req)
        body = await read_body(req, RingRequest)
        await calls.ring(self.context, actor, channel_id, None if body.recipients is UNSET else body.recipients)
        answer_nothing(resp)


class StopRinging(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        """Let people's clients ring no longer, one's own without a list."""
        actor = await self.actor(req)
        body = await read_body(req, RingRequest)
        recipients = None if body.recipients is UNSET else body.recipients
        await calls.stop_ringing(self.context, actor, channel_id, recipients)
        answer_nothing(resp)


ROUTES = {
    "/channels/{channel_id}/call": Call,
    "/channels/{channel_id}/call/ring": Ring,
    "/channels/{channel_id}/call/stop-ringing": StopRinging,
}
