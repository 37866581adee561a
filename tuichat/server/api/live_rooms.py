"""Routes of ours: live rooms."""

from tuichat.protocol.follow import MAX_TOPICS
from tuichat.protocol.live_room import (
    MAX_DIRECTORY,
    MAX_QUERY_CHARACTERS,
    MAX_TAG_CHARACTERS,
    EditLiveRoomRequest,
    StartLiveRoomRequest,
)
from tuichat.protocol.room_search import query_words
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import live_rooms, room_directory
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, query_int, query_list, query_text


class LiveRooms(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        words = query_words(query_text(req, "query", max_characters=MAX_QUERY_CHARACTERS))
        tags = query_list(req, "tags", MAX_TOPICS, max_characters=MAX_TAG_CHARACTERS)
        limit = query_int(req, "limit", MAX_DIRECTORY, minimum=1, maximum=MAX_DIRECTORY)
        answer(resp, await room_directory.find_rooms(self.context, actor, words, tags, limit=limit))

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
