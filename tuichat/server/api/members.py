"""Routes: the members of a guild, and their roles."""

from tuichat.protocol.rest.member import EditMemberRequest, EditOwnMemberRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import members, roles
from tuichat.server.actions.images import MAX_IMAGE_BODY_BYTES
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    query_id,
    query_int,
    query_text,
)


class Members(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await members.list_members(
            self.context,
            actor,
            guild_id,
            after=query_id(req, "after") or 0,
            limit=query_int(req, "limit", 1, minimum=1, maximum=1000),
        )
        answer(resp, found)


class MemberSearch(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        limit = query_int(req, "limit", 1, minimum=1, maximum=1000)
        answer(resp, await members.search_members(self.context, actor, guild_id, query_text(req, "query"), limit=limit))


class Member(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        answer(resp, await members.get_member(self.context, await self.actor(req), guild_id, user_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditMemberRequest)
        answer(resp, await members.edit_member(self.context, actor, guild_id, user_id, body))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake) -> None:
        await members.kick_member(self.context, await self.actor(req), guild_id, user_id)
        answer_nothing(resp)


class OwnMember(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await members.get_member(self.context, actor, guild_id, actor.user_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditOwnMemberRequest, max_bytes=2 * MAX_IMAGE_BODY_BYTES)
        answer(resp, await members.edit_own_member(self.context, actor, guild_id, body))


class OwnNick(Resource):
    """How older libraries change their own nickname."""

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditOwnMemberRequest)
        member = await members.edit_own_member(self.context, actor, guild_id, EditOwnMemberRequest(nick=body.nick))
        answer(resp, EditOwnMemberRequest(nick=member.nick))


class MyMember(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await members.get_member(self.context, actor, guild_id, actor.user_id))


class MemberRole(Resource):
    async def on_put(
        self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake, role_id: Snowflake
    ) -> None:
        await roles.add_member_role(self.context, await self.actor(req), guild_id, user_id, role_id)
        answer_nothing(resp)

    async def on_delete(
        self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake, role_id: Snowflake
    ) -> None:
        await roles.remove_member_role(self.context, await self.actor(req), guild_id, user_id, role_id)
        answer_nothing(resp)


ROUTES = {
    "/guilds/{guild_id}/members": Members,
    "/guilds/{guild_id}/members/search": MemberSearch,
    "/guilds/{guild_id}/members/@me": OwnMember,
    "/guilds/{guild_id}/members/@me/nick": OwnNick,
    "/users/@me/guilds/{guild_id}/member": MyMember,
    "/guilds/{guild_id}/members/{user_id}": Member,
    "/guilds/{guild_id}/members/{user_id}/roles/{role_id}": MemberRole,
}
