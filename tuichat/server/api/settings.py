"""Routes: what follows an account: settings, notification settings, notes."""

from tuichat.protocol.guild_settings import EditGuildSettings, EditManyGuildSettings
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user_settings import EditNoteRequest, EditSettingsProto, EditUserSettings
from tuichat.server.actions import guild_settings, notes, user_settings
from tuichat.server.actions.notice_cache import DIRECT
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, parse_kind


class Settings(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, await user_settings.get_settings(self.context, await self.actor(req)))

    async def on_patch(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        answer(resp, await user_settings.edit_settings(self.context, actor, await read_body(req, EditUserSettings)))


class Proto(Resource):
    async def on_get(self, req: Request, resp: Response, kind: str) -> None:
        actor = await self.actor(req)
        answer(resp, await user_settings.get_proto(self.context, actor, parse_kind("user_settings_proto_type", kind)))

    async def on_patch(self, req: Request, resp: Response, kind: str) -> None:
        actor = await self.actor(req)
        number = parse_kind("user_settings_proto_type", kind)
        body = await read_body(req, EditSettingsProto)
        answer(resp, await user_settings.edit_proto(self.context, actor, number, body))


class OfGuild(Resource):
    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditGuildSettings)
        answer(resp, await guild_settings.edit_guild_settings(self.context, actor, guild_id, body))


class OfDirects(Resource):
    async def on_patch(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditGuildSettings)
        answer(resp, await guild_settings.edit_guild_settings(self.context, actor, DIRECT, body))


class OfGuilds(Resource):
    async def on_patch(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditManyGuildSettings)
        answer(resp, await guild_settings.edit_many(self.context, actor, body.guilds))


class Notes(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, await notes.list_notes(self.context, await self.actor(req)))


class Note(Resource):
    async def on_get(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        answer(resp, await notes.get_note(self.context, await self.actor(req), user_id))

    async def on_put(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditNoteRequest)
        await notes.put_note(self.context, actor, user_id, body.note)
        answer_nothing(resp)


ROUTES = {
    "/users/@me/settings": Settings,
    "/users/@me/settings-proto/{kind}": Proto,
    "/users/@me/guilds/{guild_id}/settings": OfGuild,
    "/users/@me/guilds/@me/settings": OfDirects,
    "/users/@me/guilds/settings": OfGuilds,
    "/users/@me/notes": Notes,
    "/users/@me/notes/{user_id}": Note,
}
