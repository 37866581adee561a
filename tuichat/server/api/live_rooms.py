"""Routes of ours: live rooms, and what their hosts do with the people in them."""

from tuichat.protocol.follow import MAX_TOPICS
from tuichat.protocol.live_room import (
    MAX_AUDIENCE_PAGE,
    MAX_DIRECTORY,
    MAX_QUERY_CHARACTERS,
    MAX_TAG_CHARACTERS,
    EditLiveRoomRequest,
    StartLiveRoomRequest,
)
from tuichat.protocol.room_search import query_words
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import live_rooms, room_audience, room_directory, room_guests, room_people
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    query_int,
    query_list,
    query_text,
)

MAX_OFFSET = 1_000_000  # beyond any audience
PAGE = 50


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


class Joining(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, await room_guests.join(self.context, await self.actor(req), channel_id))


class Keeping(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        answer(resp, room_people.get_keeping(self.context, await self.actor(req), channel_id))


class RoomAudience(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        offset = query_int(req, "offset", 0, minimum=0, maximum=MAX_OFFSET)
        limit = query_int(req, "limit", PAGE, minimum=1, maximum=MAX_AUDIENCE_PAGE)
        answer(resp, room_audience.get_audience(self.context, actor, channel_id, offset=offset, limit=limit))


class Host(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_people.make_host(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_people.unmake_host(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)


class Blocked(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_people.block(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_people.unblock(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)


class Invited(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_guests.invite(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_guests.withdraw(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)


class Muted(Resource):
    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_people.mute(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)


class Person(Resource):
    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await room_people.put_out(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)


ROUTES = {
    "/tuichat/live-rooms": LiveRooms,
    "/tuichat/live-rooms/{channel_id}": OneLiveRoom,
    "/tuichat/live-rooms/{channel_id}/join": Joining,
    "/tuichat/live-rooms/{channel_id}/keeping": Keeping,
    "/tuichat/live-rooms/{channel_id}/audience": RoomAudience,
    "/tuichat/live-rooms/{channel_id}/hosts/{user_id}": Host,
    "/tuichat/live-rooms/{channel_id}/blocked/{user_id}": Blocked,
    "/tuichat/live-rooms/{channel_id}/invited/{user_id}": Invited,
    "/tuichat/live-rooms/{channel_id}/muted/{user_id}": Muted,
    "/tuichat/live-rooms/{channel_id}/people/{user_id}": Person,
}
