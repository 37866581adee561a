"""Routes: pins, as clients ask for them now and as older ones do."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import pins
from tuichat.server.api.body import drop_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_int, query_text


class Pins(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        page = await pins.list_pins(
            self.context,
            actor,
            channel_id,
            before=query_text(req, "before"),
            limit=query_int(req, "limit", 50, minimum=1, maximum=50),
        )
        answer(resp, page)


class NewestPins(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await pins.list_newest(self.context, await self.actor(req), channel_id))


class Pin(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await pins.pin_message(self.context, actor, channel_id, message_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        await pins.unpin_message(self.context, await self.actor(req), channel_id, message_id)
        answer_nothing(resp)


ROUTES = {
    "/channels/{channel_id}/messages/pins": Pins,
    "/channels/{channel_id}/messages/pins/{message_id}": Pin,
    "/channels/{channel_id}/pins": NewestPins,
    "/channels/{channel_id}/pins/{message_id}": Pin,
}
