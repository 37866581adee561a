"""Routes: stickers, of which this server has none."""

from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors
from tuichat.server.actions.access import require_guild, require_in_guild
from tuichat.server.api.exchange import Request, Resource, Response

MAX_STICKERS = 0


class Stickers(Resource):
    """The stickers of a guild: none, and none can be made."""

    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        require_guild(self.context, await self.actor(req), guild_id)
        resp.data = b"[]"

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        require_in_guild(self.context, await self.actor(req), guild_id, Permissions.CREATE_GUILD_EXPRESSIONS)
        raise errors.limit_reached(ErrorCode.MAX_STICKERS, "stickers", MAX_STICKERS)


class GuildSticker(Resource):
    """A sticker of a guild: there is none."""

    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, sticker_id: Snowflake) -> None:
        require_guild(self.context, await self.actor(req), guild_id)
        raise errors.unknown_sticker()

    on_patch = on_get
    on_delete = on_get


class Sticker(Resource):
    """A sticker: there is none."""

    async def on_get(self, req: Request, resp: Response, sticker_id: Snowflake) -> None:
        await self.actor(req)
        raise errors.unknown_sticker()


ROUTES = {
    "/guilds/{guild_id}/stickers": Stickers,
    "/guilds/{guild_id}/stickers/{sticker_id}": GuildSticker,
    "/stickers/{sticker_id}": Sticker,
}
