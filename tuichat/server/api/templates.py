"""Routes: templates of guilds, and guilds made from them."""

from tuichat.protocol.rest.guild import TemplateRequest, UseTemplateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import guilds, templates
from tuichat.server.actions.images import MAX_IMAGE_BODY_BYTES
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer


class Template(Resource):
    async def on_get(self, req: Request, resp: Response, code: str) -> None:
        await self.actor(req)
        answer(resp, await templates.get_template(self.context, code))

    async def on_post(self, req: Request, resp: Response, code: str) -> None:
        actor = await self.actor(req)
        body = await read_body(req, UseTemplateRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await guilds.create_from_template(self.context, actor, code, body), 201)


class GuildTemplates(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await templates.list_templates(self.context, await self.actor(req), guild_id))

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, TemplateRequest)
        answer(resp, await templates.create_template(self.context, actor, guild_id, body))


class GuildTemplate(Resource):
    async def on_put(self, req: Request, resp: Response, guild_id: Snowflake, code: str) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        answer(resp, await templates.sync_template(self.context, actor, guild_id, code))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake, code: str) -> None:
        actor = await self.actor(req)
        body = await read_body(req, TemplateRequest)
        answer(resp, await templates.edit_template(self.context, actor, guild_id, code, body))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, code: str) -> None:
        answer(resp, await templates.delete_template(self.context, await self.actor(req), guild_id, code))


ROUTES = {
    "/guilds/templates/{code}": Template,
    "/guilds/{guild_id}/templates": GuildTemplates,
    "/guilds/{guild_id}/templates/{code}": GuildTemplate,
}
