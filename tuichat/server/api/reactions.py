"""Routes: reactions to messages."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import reactions
from tuichat.server.api.body import drop_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    query_id,
    query_int,
)


class OwnReaction(Resource):
    async def on_put(
        self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake, emoji: str
    ) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await reactions.add_reaction(self.context, actor, channel_id, message_id, emoji)
        answer_nothing(resp)

    async def on_delete(
        self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake, emoji: str
    ) -> None:
        await reactions.remove_reaction(self.context, await self.actor(req), channel_id, message_id, emoji)
        answer_nothing(resp)


class ReactionOf(Resource):
    """Somebody's reaction."""

    async def on_delete(
        self,
        req: Request,
        resp: Response,
        channel_id: Snowflake,
        message_id: Snowflake,
        emoji: str,
        user_id: Snowflake,
    ) -> None:
        actor = await self.actor(req)
        await reactions.remove_reaction(self.context, actor, channel_id, message_id, emoji, user_id)
        answer_nothing(resp)


class EmojiReactions(Resource):
    async def on_get(
        self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake, emoji: str
    ) -> None:
        actor = await self.actor(req)
        found = await reactions.list_users(
            self.context,
            actor,
            channel_id,
            message_id,
            emoji,
            kind=query_int(req, "type", 0, minimum=0, maximum=1),
            after=query_id(req, "after") or 0,
            limit=query_int(req, "limit", 25, minimum=1, maximum=100),
        )
        answer(resp, found)

    async def on_delete(
        self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake, emoji: str
    ) -> None:
        await reactions.remove_emoji(self.context, await self.actor(req), channel_id, message_id, emoji)
        answer_nothing(resp)


class AllReactions(Resource):
    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        await reactions.remove_all(self.context, await self.actor(req), channel_id, message_id)
        answer_nothing(resp)


_ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
ROUTES = {
    _ALL: AllReactions,
    _ALL + "/{emoji}": EmojiReactions,
    _ALL + "/{emoji}/@me": OwnReaction,
    _ALL + "/{emoji}/{user_id}": ReactionOf,
}
