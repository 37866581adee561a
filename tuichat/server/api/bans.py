"""Routes: the bans of a guild, and pruning its members."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.ban import BanRequest, BulkBanRequest, PruneRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import bans, fields, pruning
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    parse_id,
    query_id,
    query_int,
    query_text,
)

MAX_ROLES_CHARACTERS = 250 * 21


class Bans(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await bans.list_bans(
            self.context,
            actor,
            guild_id,
            before=query_id(req, "before"),
            after=query_id(req, "after"),
            limit=query_int(req, "limit", bans.MAX_PAGE, minimum=1, maximum=bans.MAX_PAGE),
        )
        answer(resp, found)


class Ban(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        answer(resp, await bans.get_ban(self.context, await self.actor(req), guild_id, user_id))

    async def on_put(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, BanRequest)
        await bans.ban_user(self.context, actor, guild_id, user_id, _with_query(req, body))
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        await bans.unban_user(self.context, await self.actor(req), guild_id, user_id)
        answer_nothing(resp)


class BulkBan(Resource):
    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await bans.bulk_ban(self.context, actor, guild_id, await read_body(req, BulkBanRequest)))


class Prune(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        low, high = pruning.DAYS
        days = query_int(req, "days", 7, minimum=low, maximum=high)
        roles = _roles(query_text(req, "include_roles", max_characters=MAX_ROLES_CHARACTERS))
        answer(resp, await pruning.count_prunable(self.context, actor, guild_id, days=days, include_roles=roles))

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, PruneRequest)
        wanted = body.include_roles
        roles = _roles(wanted) if isinstance(wanted, str) else [] if wanted in (UNSET, None) else list(wanted)
        pruned = await pruning.prune(
            self.context,
            actor,
            guild_id,
            days=body.days,
            include_roles=roles,
            with_count=body.compute_prune_count in (True, "true"),
        )
        answer(resp, pruned)


def _with_query(req: Request, body: BanRequest) -> BanRequest:
    """Take from the query what discord.py sends there."""
    for key, highest in (("delete_message_seconds", bans.MAX_DELETE_S), ("delete_message_days", bans.MAX_DELETE_DAYS)):
        if getattr(body, key) in (UNSET, None):
            body = msgspec.structs.replace(body, **{key: query_int(req, key, 0, minimum=0, maximum=highest) or UNSET})
    return body


def _roles(text: str) -> list[Snowflake]:
    """Read ids between commas."""
    fields.require_length("include_roles", text, 0, MAX_ROLES_CHARACTERS)
    return [parse_id("include_roles", part.strip()) for part in text.split(",") if part.strip()]


ROUTES = {
    "/guilds/{guild_id}/bans": Bans,
    "/guilds/{guild_id}/bans/{user_id}": Ban,
    "/guilds/{guild_id}/bulk-ban": BulkBan,
    "/guilds/{guild_id}/prune": Prune,
}
