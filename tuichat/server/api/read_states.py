"""Routes: how far somebody has read channels, and seen pins and what else is new."""

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import read_states
from tuichat.server.actions.read_states import Ack
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, parse_kind


class AckRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`mention_count` counts with `manual` alone; the token is of the past."""

    manual: bool | None = None
    mention_count: int | None = None
    flags: int | None = None
    last_viewed: int | None = None


class AckAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Discord once gave a token here; clients still look for the key."""

    token: None = None


class ReadStateEntry(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    message_id: Snowflake
    read_state_type: int = 0


class BulkAckRequest(msgspec.Struct, frozen=True, kw_only=True):
    read_states: list[ReadStateEntry]


class ForgetRequest(msgspec.Struct, frozen=True, kw_only=True):
    read_state_type: int | None = None


class Acknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, AckRequest)
        ack = Ack(
            is_manual=bool(body.manual),
            mention_count=body.mention_count,
            flags=body.flags,
            last_viewed=body.last_viewed,
        )
        await read_states.ack_message(self.context, actor, channel_id, message_id, ack)
        answer(resp, AckAnswer())


class BulkAcknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, BulkAckRequest)
        read = [(entry.read_state_type, entry.channel_id, entry.message_id) for entry in body.read_states]
        await read_states.ack_messages(self.context, actor, read)
        answer_nothing(resp)


class PinsAcknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await read_states.ack_pins(self.context, actor, channel_id)
        answer_nothing(resp)


class GuildAcknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await read_states.ack_guild(self.context, actor, guild_id)
        answer_nothing(resp)


class GuildFeatureAcknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake, kind: str, entity_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await read_states.ack_feature(self.context, actor, parse_kind("type", kind), guild_id, entity_id)
        answer(resp, AckAnswer())


class OwnFeatureAcknowledgement(Resource):
    async def on_post(self, req: Request, resp: Response, kind: str, entity_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await read_states.ack_own_feature(self.context, actor, parse_kind("type", kind), entity_id)
        answer(resp, AckAnswer())


class ReadState(Resource):
    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, ForgetRequest)
        await read_states.forget(self.context, actor, channel_id, body.read_state_type or read_states.CHANNEL)
        answer_nothing(resp)


ROUTES = {
    "/channels/{channel_id}/messages/{message_id}/ack": Acknowledgement,
    "/channels/{channel_id}/messages/ack": ReadState,
    "/channels/{channel_id}/pins/ack": PinsAcknowledgement,
    "/read-states/ack-bulk": BulkAcknowledgement,
    "/guilds/{guild_id}/ack": GuildAcknowledgement,
    "/guilds/{guild_id}/ack/{kind}/{entity_id}": GuildFeatureAcknowledgement,
    "/users/@me/{kind}/{entity_id}/ack": OwnFeatureAcknowledgement,
}
