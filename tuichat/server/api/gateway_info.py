"""Routes: where the gateway is, and what this server is."""

from tuichat.protocol.rest.server import GatewayBotResponse, GatewayResponse
from tuichat.server.actions import errors
from tuichat.server.api.exchange import Request, Resource, Response, answer


class GatewayUrl(Resource):
    """Where the gateway is."""

    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, GatewayResponse(url=self.api.gateway_url(req)))


class GatewayBot(Resource):
    """Where the gateway is, and how often this bot may identify there."""

    async def on_get(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        if not actor.is_bot:
            raise errors.unauthorized()
        limit = self.api.session_start_limit(actor.user_id)
        answer(resp, GatewayBotResponse(url=self.api.gateway_url(req), shards=1, session_start_limit=limit))


class Info(Resource):
    """Who this server is, for a client that has no token yet."""

    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, self.api.info)


ROUTES = {"/gateway": GatewayUrl, "/gateway/bot": GatewayBot, "/tuichat": Info}
