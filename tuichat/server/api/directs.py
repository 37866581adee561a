"""Routes: direct messages and groups, who is in them, and requests from strangers."""

from tuichat.protocol.private_channel import BatchRejectRequest, ConsentRequest, CreatePrivateChannelRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import directs, groups
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_ids


class Directs(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, directs.list_directs(self.context, await self.actor(req)))

    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreatePrivateChannelRequest)
        answer(resp, await directs.open_direct(self.context, actor, body))


class DirectWith(Resource):
    async def on_get(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        answer(resp, directs.get_direct_with(self.context, await self.actor(req), user_id))


class Recipient(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        made = await groups.add_recipient(self.context, actor, channel_id, user_id)
        if made is None:
            answer_nothing(resp)
        else:
            answer(resp, made)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await groups.remove_recipient(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)


class OwnRecipient(Resource):
    """A stranger's request: PUT agrees to it, DELETE rejects it."""

    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, ConsentRequest)
        answer(resp, await directs.accept_request(self.context, actor, channel_id, body.consent_status))

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await directs.reject_request(self.context, await self.actor(req), channel_id))


class BatchRejection(Resource):
    async def on_put(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, BatchRejectRequest)
        answer(resp, await directs.reject_requests(self.context, actor, body.channel_ids))


class RequestPreviews(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        channel_ids = query_ids(req, "channel_ids", directs.MAX_PREVIEWS)
        answer(resp, await directs.preview_requests(self.context, actor, channel_ids))


ROUTES = {
    "/users/@me/channels": Directs,
    "/users/@me/dms/{user_id}": DirectWith,
    "/users/@me/message-requests/supplemental-data": RequestPreviews,
    "/channels/{channel_id}/recipients/{user_id}": Recipient,
    "/channels/{channel_id}/recipients/@me": OwnRecipient,
    "/channels/recipients/@me/batch-reject": BatchRejection,
}
