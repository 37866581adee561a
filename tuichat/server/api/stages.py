"""Routes: stages that are live."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest
from tuichat.server.actions import stages
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing


class Stages(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        answer(resp, await stages.open_stage(self.context, actor, await read_body(req, CreateStageRequest)))


class Stage(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await stages.get_stage(self.context, await self.actor(req), channel_id))

    async def on_patch(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditStageRequest)
        answer(resp, await stages.edit_stage(self.context, actor, channel_id, body))

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        await stages.close_stage(self.context, await self.actor(req), channel_id)
        answer_nothing(resp)


ROUTES = {
    "/stage-instances": Stages,
    "/stage-instances/{channel_id}": Stage,
}
