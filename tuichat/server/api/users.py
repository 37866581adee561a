"""Routes: oneself, other users, and the guilds that one is in."""

from tuichat.protocol.profile import DeleteAccountRequest, EditProfileRequest
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import account_deletion, guilds, members, profiles, recent_mentions, users
from tuichat.server.actions.images import MAX_IMAGE_BODY_BYTES
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    query_bool,
    query_id,
    query_int,
)

MAX_BODY_BYTES = 2 * MAX_IMAGE_BODY_BYTES  # an avatar and a banner


class Me(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, await users.get_me(self.context, await self.actor(req)))

    async def on_patch(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        answer(
            resp,
            await users.edit_me(self.context, actor, await read_body(req, EditUserRequest, max_bytes=MAX_BODY_BYTES)),
        )


class Deletion(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        await account_deletion.delete_account(self.context, actor, await read_body(req, DeleteAccountRequest))
        answer_nothing(resp)


class MyProfile(Resource):
    async def on_patch(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditProfileRequest, max_bytes=MAX_BODY_BYTES)
        answer(resp, await users.edit_profile(self.context, actor, body))


class Profile(Resource):
    async def on_get(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await profiles.get_profile(
            self.context,
            actor,
            user_id,
            guild_id=query_id(req, "guild_id"),
            with_mutual_guilds=query_bool(req, "with_mutual_guilds", default=True),
            with_mutual_friends=query_bool(req, "with_mutual_friends"),
            with_mutual_friends_count=query_bool(req, "with_mutual_friends_count"),
        )
        answer(resp, found)


class Mentions(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        found = await recent_mentions.list_mentions(
            self.context,
            actor,
            before=query_id(req, "before"),
            limit=query_int(req, "limit", 25, minimum=1, maximum=recent_mentions.MAX_PAGE),
            guild_id=query_id(req, "guild_id"),
            with_roles=query_bool(req, "roles", default=True),
            with_everyone=query_bool(req, "everyone", default=True),
        )
        answer(resp, found)


class Mention(Resource):
    async def on_delete(self, req: Request, resp: Response, message_id: Snowflake) -> None:
        await recent_mentions.dismiss_mention(self.context, await self.actor(req), message_id)
        answer_nothing(resp)


class User(Resource):
    async def on_get(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        answer(resp, users.get_user(self.context, await self.actor(req), user_id))


class MyGuilds(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        found = await guilds.list_my_guilds(
            self.context,
            actor,
            before=query_id(req, "before"),
            after=query_id(req, "after"),
            limit=query_int(req, "limit", 200, minimum=1, maximum=200),
            with_counts=query_bool(req, "with_counts"),
        )
        answer(resp, found)


class MyGuild(Resource):
    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        await guilds.leave_guild(self.context, await self.actor(req), guild_id)
        answer_nothing(resp)


class MyMember(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await members.get_member(self.context, actor, guild_id, actor.user_id))


ROUTES = {
    "/users/@me": Me,
    "/users/@me/delete": Deletion,
    "/users/@me/guilds": MyGuilds,
    "/users/@me/guilds/{guild_id}": MyGuild,
    "/users/@me/guilds/{guild_id}/member": MyMember,
    "/users/@me/profile": MyProfile,
    "/users/@me/mentions": Mentions,
    "/users/@me/mentions/{message_id}": Mention,
    "/users/{user_id}": User,
    "/users/{user_id}/profile": Profile,
}
