"""Routes: friends, requests, blocks and who is ignored."""

from tuichat.protocol.relationship import (
    EditRelationshipRequest,
    FriendRequest,
    PutRelationshipRequest,
    RelationshipType,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, relationships
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import Request, Resource, Response, answer, answer_nothing, query_int


class Relationships(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        answer(resp, relationships.list_relationships(self.context, await self.actor(req)))

    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        await relationships.request_friend(self.context, actor, await read_body(req, FriendRequest))
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        incoming = int(RelationshipType.INCOMING_REQUEST)
        if query_int(req, "relationship_type", incoming, minimum=0, maximum=10) != incoming:
            raise errors.invalid_field("relationship_type", "BASE_TYPE_CHOICES", f"Value must be one of ({incoming},).")
        await relationships.remove_incoming(self.context, actor)
        answer_nothing(resp)


class Relationship(Resource):
    async def on_put(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, PutRelationshipRequest)
        await relationships.put_relationship(self.context, actor, user_id, body)
        answer_nothing(resp)

    async def on_patch(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditRelationshipRequest)
        await relationships.edit_relationship(self.context, actor, user_id, body)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        await relationships.remove_relationship(self.context, await self.actor(req), user_id)
        answer_nothing(resp)


class Ignored(Resource):
    async def on_put(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        await relationships.set_ignored(self.context, actor, user_id, is_ignored=True)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        await relationships.set_ignored(self.context, await self.actor(req), user_id, is_ignored=False)
        answer_nothing(resp)


class MutualFriends(Resource):
    async def on_get(self, req: Request, resp: Response, user_id: Snowflake) -> None:
        answer(resp, relationships.list_mutual_friends(self.context, await self.actor(req), user_id))


ROUTES = {
    "/users/@me/relationships": Relationships,
    "/users/@me/relationships/{user_id}": Relationship,
    "/users/@me/relationships/{user_id}/ignore": Ignored,
    "/users/{user_id}/relationships": MutualFriends,
}
