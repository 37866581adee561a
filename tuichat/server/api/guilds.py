"""Routes: guilds, and the channels and invites in them."""

from tuichat.protocol.rest.channel import ChannelPosition, CreateChannelRequest
from tuichat.protocol.rest.guild import CreateGuildRequest, EditGuildRequest, VanityRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, guild_editing, guilds, invites, vanity
from tuichat.server.actions.images import MAX_IMAGE_BODY_BYTES
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_bool


class Guilds(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateGuildRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await guilds.create_guild(self.context, actor, body), 201)


class Guild(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        with_counts = query_bool(req, "with_counts")
        answer(resp, await guilds.get_guild(self.context, actor, guild_id, with_counts=with_counts))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditGuildRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await guild_editing.edit_guild(self.context, actor, guild_id, body))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        await guilds.delete_guild(self.context, await self.actor(req), guild_id)
        answer_nothing(resp)


class GuildPreview(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await guilds.preview_guild(self.context, await self.actor(req), guild_id))


class VanityUrl(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await vanity.get_vanity(self.context, await self.actor(req), guild_id))

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, VanityRequest)
        answer(resp, await vanity.set_vanity(self.context, actor, guild_id, body.code))


class GuildDeletion(Resource):
    """How user clients delete a guild."""

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        await guilds.delete_guild(self.context, await self.actor(req), guild_id)
        answer_nothing(resp)


class GuildChannels(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await channels.list_channels(self.context, await self.actor(req), guild_id))

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateChannelRequest)
        answer(resp, await channels.create_channel(self.context, actor, guild_id, body), 201)

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        await channels.move_channels(self.context, actor, guild_id, await read_body(req, list[ChannelPosition]))
        answer_nothing(resp)


class GuildInvites(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await invites.list_guild_invites(self.context, await self.actor(req), guild_id))


ROUTES = {
    "/guilds": Guilds,
    "/guilds/{guild_id}": Guild,
    "/guilds/{guild_id}/preview": GuildPreview,
    "/guilds/{guild_id}/vanity-url": VanityUrl,
    "/guilds/{guild_id}/delete": GuildDeletion,
    "/guilds/{guild_id}/channels": GuildChannels,
    "/guilds/{guild_id}/invites": GuildInvites,
}
