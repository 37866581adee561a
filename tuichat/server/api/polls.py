"""Routes: votes in polls, who voted, and a poll's end."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import polls
from tuichat.server.actions.polls import VoteRequest
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_id, query_int


class OwnVote(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, VoteRequest)
        await polls.vote(self.context, actor, channel_id, message_id, body)
        answer_nothing(resp)


class Voters(Resource):
    async def on_get(
        self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake, answer_id: Snowflake
    ) -> None:
        actor = await self.actor(req)
        found = await polls.list_voters(
            self.context,
            actor,
            channel_id,
            message_id,
            answer_id,
            after=query_id(req, "after") or 0,
            limit=query_int(req, "limit", 25, minimum=1, maximum=100),
        )
        answer(resp, found)


class End(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        answer(resp, await polls.end_poll(self.context, actor, channel_id, message_id))


ROUTES = {
    "/channels/{channel_id}/polls/{message_id}/answers/@me": OwnVote,
    "/channels/{channel_id}/polls/{message_id}/answers/{answer_id}": Voters,
    "/channels/{channel_id}/polls/{message_id}/expire": End,
}
