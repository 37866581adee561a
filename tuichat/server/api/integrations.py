"""Routes: the bots of a guild."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import integrations
from tuichat.server.api.exchange import Request, Resource, Response, answer


class Integrations(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await integrations.list_integrations(self.context, await self.actor(req), guild_id))


ROUTES = {"/guilds/{guild_id}/integrations": Integrations}
