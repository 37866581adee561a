"""Routes: applications, their bots, and adding a bot to a guild."""

import msgspec

from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import applications
from tuichat.server.actions.applications import CreateApplicationRequest, EditApplicationRequest
from tuichat.server.actions.images import MAX_IMAGE_BODY_BYTES
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, parse_id, query_text


class AuthorizeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /oauth2/authorize, as user clients add a bot to a guild."""

    guild_id: Snowflake
    permissions: Permissions = NONE
    authorize: bool = True


class AuthorizeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    location: str


class Applications(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, await applications.list_applications(self.context, await self.actor(req)))

    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateApplicationRequest)
        answer(resp, await applications.create_application(self.context, actor, body), 201)


class OwnApplication(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, await applications.get_my_application(self.context, await self.actor(req)))

    async def on_patch(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditApplicationRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await applications.edit_application(self.context, actor, actor.user_id, body))


class Application(Resource):
    async def on_patch(self, req: Request, resp: Response, application_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditApplicationRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await applications.edit_application(self.context, actor, application_id, body))


class Bot(Resource):
    """Makes the bot's token; the one before it is good no more."""

    async def on_post(self, req: Request, resp: Response, application_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        answer(resp, await applications.create_bot(self.context, actor, application_id))


class Authorize(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        application_id = parse_id("client_id", query_text(req, "client_id"))
        body = await read_body(req, AuthorizeRequest)
        if body.authorize:
            await applications.authorize_bot(self.context, actor, application_id, body.guild_id, int(body.permissions))
        answer(resp, AuthorizeAnswer(location=f"{self.api.base_url(req)}/oauth2/authorized"))


ROUTES = {
    "/applications": Applications,
    "/applications/@me": OwnApplication,
    "/oauth2/applications/@me": OwnApplication,
    "/applications/{application_id}": Application,
    "/applications/{application_id}/bot": Bot,
    "/applications/{application_id}/bot/reset": Bot,
    "/oauth2/authorize": Authorize,
}
