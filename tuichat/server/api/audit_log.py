"""Route: the audit log of a guild."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import audit
from tuichat.server.api.exchange import Request, Resource, Response, answer, query_id, query_int

MAX_ACTION_TYPE = 1000


class AuditLog(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await audit.list_entries(
            self.context,
            actor,
            guild_id,
            user_id=query_id(req, "user_id"),
            action_type=query_int(req, "action_type", 0, minimum=0, maximum=MAX_ACTION_TYPE) or None,
            target_id=query_id(req, "target_id"),
            before=query_id(req, "before"),
            after=query_id(req, "after"),
            limit=query_int(req, "limit", 50, minimum=1, maximum=audit.MAX_PAGE),
        )
        answer(resp, found)


ROUTES = {"/guilds/{guild_id}/audit-logs": AuditLog}
