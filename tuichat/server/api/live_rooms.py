"""Routes of ours: live rooms."""

from tuichat.protocol.live_room import EditLiveRoomRequest, StartLiveRoomRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import live_rooms
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer


class LiveRooms(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        answer(resp, await live_rooms.start_room(self.context, actor, await read_body(req, StartLiveRoomRequest)))


class OneLiveRoom(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await live_rooms.get_room(self.context, await self.actor(req), channel_id))

    async def on_patch(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditLiveRoomRequest)
        answer(resp, await live_rooms.edit_room(self.context, actor, channel_id, body))


ROUTES = {
    "/tuichat/live-rooms": LiveRooms,
    "/tuichat/live-rooms/{channel_id}": OneLiveRoom,
}
