"""Routes: messages, and how far they were read."""

import msgspec

from tuichat.protocol.rest import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import attachments, messages, read_states
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_id, query_int
from tuichat.server.api.form import read_form


class BulkDeleteRequest(msgspec.Struct, frozen=True, kw_only=True):
    messages: list[Snowflake]


class AckRequest(msgspec.Struct, frozen=True, kw_only=True):
    mention_count: int | None = None


class AckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Discord once gave a token here; clients still look for the key."""

    token: None = None


class ReadStateEntry(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    message_id: Snowflake
    read_state_type: int = 0


class BulkAckRequest(msgspec.Struct, frozen=True, kw_only=True):
    read_states: list[ReadStateEntry]


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


class Acknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        await read_body(req, AckRequest)  # what it says of mentions is counted anew
        await read_states.ack_message(self.context, actor, channel_id, message_id)
        answer(resp, AckAnswer())


class BulkAcknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, BulkAckRequest)
        read = [(entry.channel_id, entry.message_id) for entry in body.read_states if entry.read_state_type == 0]
        await read_states.ack_messages(self.context, actor, read)
        answer_nothing(resp)


ROUTES = {
    "/channels/{channel_id}/messages": Messages,
    "/channels/{channel_id}/messages/bulk-delete": BulkDeletion,
    "/channels/{channel_id}/messages/{message_id}": Message,
    "/channels/{channel_id}/messages/{message_id}/ack": Acknowledgement,
    "/read-states/ack-bulk": BulkAcknowledgement,
}
