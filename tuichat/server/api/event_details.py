"""Routes: zones and co-hosts of scheduled events."""

from tuichat.protocol.event_details import EditEventDetailsRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import event_details
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, query_ids

MAX_GUILDS = 200  # asked about at once: as of `/users/@me/scheduled-events`


class AllDetails(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        """Those of the guilds in `guild_ids`, or of all that one is in."""
        actor = await self.actor(req)
        answer(resp, event_details.list_details(self.context, actor, query_ids(req, "guild_ids", MAX_GUILDS)))


class Details(Resource):
    async def on_get(self, req: Request, resp: Response, event_id: Snowflake) -> None:
        answer(resp, event_details.get_details(self.context, await self.actor(req), event_id))

    async def on_patch(self, req: Request, resp: Response, event_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditEventDetailsRequest)
        answer(resp, await event_details.edit_details(self.context, actor, event_id, body))


ROUTES = {"/tuichat/event-details": AllDetails, "/tuichat/scheduled-events/{event_id}/details": Details}
