"""Routes: messages."""

import msgspec

from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import attachments, messages
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_id, query_int
from tuichat.server.api.form import read_form


class BulkDeleteRequest(msgspec.Struct, frozen=True, kw_only=True):
    messages: list[Snowflake]


class Messages(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await messages.list_messages(
            self.context,
            actor,
            channel_id,
            before=query_id(req, "before"),
            after=query_id(req, "after"),
            around=query_id(req, "around"),
            limit=query_int(req, "limit", 50, minimum=1, maximum=100),
        )
        answer(resp, found)

    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        async with read_form(
            req,
            CreateMessageRequest,
            self.context,
            may_attach=lambda: attachments.require_upload(self.context, actor, channel_id),
        ) as (body, files):
            answer(resp, await messages.create_message(self.context, actor, channel_id, body, files))


class Message(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        answer(resp, await messages.get_message(self.context, await self.actor(req), channel_id, message_id))

    async def on_patch(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        async with read_form(
            req,
            EditMessageRequest,
            self.context,
            may_attach=lambda: attachments.require_upload(self.context, actor, channel_id),
        ) as (body, files):
            answer(resp, await messages.edit_message(self.context, actor, channel_id, message_id, body, files))

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        await messages.delete_message(self.context, await self.actor(req), channel_id, message_id)
        answer_nothing(resp)


class BulkDeletion(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, BulkDeleteRequest)
        await messages.bulk_delete_messages(self.context, actor, channel_id, body.messages)
        answer_nothing(resp)


ROUTES = {
    "/channels/{channel_id}/messages": Messages,
    "/channels/{channel_id}/messages/bulk-delete": BulkDeletion,
    "/channels/{channel_id}/messages/{message_id}": Message,
}
