"""Routes: scheduled events, and interest in them."""

from tuichat.protocol.event_exception import CreateEventExceptionRequest, EditEventExceptionRequest
from tuichat.protocol.scheduled_event import CreateScheduledEventRequest, EditScheduledEventRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import event_exceptions, event_subscriptions, scheduled_events
from tuichat.server.actions.images import MAX_IMAGE_BODY_BYTES
from tuichat.server.api.body import drop_body, read_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    query_bool,
    query_id,
    query_ids,
    query_int,
)

MAX_GUILDS = 200  # asked about at once; discord-userdoccers names no number


class ScheduledEvents(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        counts = query_bool(req, "with_user_count")
        answer(resp, await scheduled_events.list_events(self.context, actor, guild_id, with_user_count=counts))

    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateScheduledEventRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await scheduled_events.create_event(self.context, actor, guild_id, body))


class ScheduledEvent(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        actor = await self.actor(req)
        counts = query_bool(req, "with_user_count")
        found = await scheduled_events.get_event(self.context, actor, guild_id, event_id, with_user_count=counts)
        answer(resp, found)

    async def on_patch(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditScheduledEventRequest, max_bytes=MAX_IMAGE_BODY_BYTES)
        answer(resp, await scheduled_events.edit_event(self.context, actor, guild_id, event_id, body))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        await scheduled_events.delete_event(self.context, await self.actor(req), guild_id, event_id)
        answer_nothing(resp)


class Subscribers(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await event_subscriptions.list_subscribers(
            self.context,
            actor,
            guild_id,
            event_id,
            before=query_id(req, "before"),
            after=query_id(req, "after"),
            limit=query_int(
                req, "limit", event_subscriptions.MAX_PAGE, minimum=1, maximum=event_subscriptions.MAX_PAGE
            ),
            with_member=query_bool(req, "with_member"),
        )
        is_new = actor.is_bot or query_bool(req, "upgrade_response_type")
        answer(resp, found if is_new else event_subscriptions.as_users(found))


class SubscriberCount(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        actor = await self.actor(req)
        answer(resp, await event_subscriptions.count_subscribers(self.context, actor, guild_id, event_id))


class OwnSubscription(Resource):
    async def on_put(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        actor = await self.actor(req)
        await drop_body(req)
        answer(resp, await event_subscriptions.subscribe(self.context, actor, guild_id, event_id))

    async def on_delete(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        await event_subscriptions.unsubscribe(self.context, await self.actor(req), guild_id, event_id)
        answer_nothing(resp)


class EventExceptions(Resource):
    async def on_post(self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateEventExceptionRequest)
        answer(resp, await event_exceptions.create_exception(self.context, actor, guild_id, event_id, body))


class EventException(Resource):
    async def on_patch(
        self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake, exception_id: Snowflake
    ) -> None:
        actor = await self.actor(req)
        body = await read_body(req, EditEventExceptionRequest)
        answer(resp, await event_exceptions.edit_exception(self.context, actor, guild_id, event_id, exception_id, body))

    async def on_delete(
        self, req: Request, resp: Response, guild_id: Snowflake, event_id: Snowflake, exception_id: Snowflake
    ) -> None:
        actor = await self.actor(req)
        await event_exceptions.delete_exception(self.context, actor, guild_id, event_id, exception_id)
        answer_nothing(resp)


class OwnSubscriptions(Resource):
    async def on_get(self, req: Request, resp: Response) -> None:
        """The events of the guilds in `guild_ids` that the asker is interested in."""
        actor = await self.actor(req)
        answer(resp, await event_subscriptions.list_own(self.context, actor, query_ids(req, "guild_ids", MAX_GUILDS)))


_EVENT = "/guilds/{guild_id}/scheduled-events/{event_id}"
ROUTES = {
    "/guilds/{guild_id}/scheduled-events": ScheduledEvents,
    _EVENT: ScheduledEvent,
    f"{_EVENT}/users": Subscribers,
    f"{_EVENT}/users/counts": SubscriberCount,
    f"{_EVENT}/users/@me": OwnSubscription,
    f"{_EVENT}/exceptions": EventExceptions,
    f"{_EVENT}/exceptions/{{exception_id}}": EventException,
    "/users/@me/scheduled-events": OwnSubscriptions,
}
