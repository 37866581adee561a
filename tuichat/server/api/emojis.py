"""Routes: the emojis of a guild, and those of an application."""

from tuichat.protocol.emoji import CreateEmojiRequest, EditEmojiRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import emojis
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing


class Emojis(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await emojis.list_emojis(self.context, await self.actor(req), guild_id))

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateEmojiRequest)
        answer(resp, await emojis.create_emoji(self.context, actor, guild_id, body), 201)


class Emoji(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, emoji_id: Snowflake) -> None:
        answer(resp, await emojis.get_emoji(self.context, await self.actor(req), guild_id, emoji_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake, emoji_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditEmojiRequest)
        answer(resp, await emojis.edit_emoji(self.context, actor, guild_id, emoji_id, body))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, emoji_id: Snowflake) -> None:
        await emojis.delete_emoji(self.context, await self.actor(req), guild_id, emoji_id)
        answer_nothing(resp)


class ApplicationEmojis(Resource):
    async def on_get(self, req: Request, resp: Response, application_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await emojis.list_application_emojis(self.context, actor, application_id))

    async def on_post(self, req: Request, resp: Response, application_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateEmojiRequest)
        answer(resp, await emojis.create_application_emoji(self.context, actor, application_id, body), 201)


class ApplicationEmoji(Resource):
    async def on_get(self, req: Request, resp: Response, application_id: Snowflake, emoji_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await emojis.get_application_emoji(self.context, actor, application_id, emoji_id))

    async def on_patch(self, req: Request, resp: Response, application_id: Snowflake, emoji_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditEmojiRequest)
        answer(resp, await emojis.edit_application_emoji(self.context, actor, application_id, emoji_id, body))

    async def on_delete(self, req: Request, resp: Response, application_id: Snowflake, emoji_id: Snowflake) -> None:
        await emojis.delete_application_emoji(self.context, await self.actor(req), application_id, emoji_id)
        answer_nothing(resp)


ROUTES = {
    "/guilds/{guild_id}/emojis": Emojis,
    "/guilds/{guild_id}/emojis/{emoji_id}": Emoji,
    "/applications/{application_id}/emojis": ApplicationEmojis,
    "/applications/{application_id}/emojis/{emoji_id}": ApplicationEmoji,
}
