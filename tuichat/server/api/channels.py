"""Routes: one channel, its overwrites, its invites, and who types there."""

from tuichat.protocol.rest.channel import EditChannelRequest, OverwriteRequest, PutOverwriteRequest, VoiceStatusRequest
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, invites, messages, overwrites, voice_status
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_bool


class Channel(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await channels.get_channel(self.context, await self.actor(req), channel_id))

    async def on_patch(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditChannelRequest)
        answer(resp, await channels.edit_channel(self.context, actor, channel_id, body))

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        is_silent = query_bool(req, "silent")
        answer(resp, await channels.delete_channel(self.context, actor, channel_id, is_silent=is_silent))


class Overwrite(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, target_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, PutOverwriteRequest)
        wanted = OverwriteRequest(id=target_id, type=body.type, allow=body.allow, deny=body.deny)
        await overwrites.set_overwrite(self.context, actor, channel_id, target_id, wanted)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, target_id: Snowflake) -> None:
        await overwrites.delete_overwrite(self.context, await self.actor(req), channel_id, target_id)
        answer_nothing(resp)


class VoiceStatus(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, VoiceStatusRequest)
        await voice_status.set_status(self.context, actor, channel_id, body.status)
        answer_nothing(resp)


class Typing(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        await messages.trigger_typing(self.context, await self.actor(req), channel_id)
        answer_nothing(resp)


class ChannelInvites(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await invites.list_channel_invites(self.context, await self.actor(req), channel_id))

    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateInviteRequest)
        answer(resp, await invites.create_invite(self.context, actor, channel_id, body))


ROUTES = {
    "/channels/{channel_id}": Channel,
    "/channels/{channel_id}/permissions/{target_id}": Overwrite,
    "/channels/{channel_id}/voice-status": VoiceStatus,
    "/channels/{channel_id}/typing": Typing,
    "/channels/{channel_id}/invites": ChannelInvites,
}
