"""Routes: what users do with commands and components, and how applications answer."""

from tuichat.protocol.interaction import CallbackRequest, InteractionRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import interaction_delivery, interaction_responses
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_bool
from tuichat.server.api.form import read_form


class Interactions(Resource):
    """A user's client hands an interaction to its application."""

    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        async with read_form(req, InteractionRequest, self.context) as (body, files):
            await interaction_delivery.create_interaction(self.context, actor, body, files)
        answer_nothing(resp)


class Callback(Resource):
    """An application's answer; the token in the path is all that it shows."""

    async def on_post(self, req: Request, resp: Response, interaction_id: Snowflake, token: str) -> None:
        with_response = query_bool(req, "with_response")
        async with read_form(
            req,
            CallbackRequest,
            self.context,
            may_attach=lambda: interaction_responses.require_open(self.context, interaction_id, token),
        ) as (body, files):
            made = await interaction_responses.respond(self.context, interaction_id, token, body, files)
        if with_response:
            answer(resp, made)
        else:
            answer_nothing(resp)


ROUTES = {"/interactions": Interactions, "/interactions/{interaction_id}/{token}/callback": Callback}
