"""Routes: threads, who follows them, and lists of them."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import CreatePostRequest, CreateThreadRequest
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.server.actions import attachments, errors, posts, thread_lists, thread_members, threads
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    parse_id,
    query_bool,
    query_id,
    query_int,
    query_text,
)
from tuichat.server.api.form import read_form


class MessageThread(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake, message_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateThreadRequest)
        answer(resp, await threads.start_from_message(self.context, actor, channel_id, message_id, body), 201)


class Threads(Resource):
    """In a forum, a new thread is a post with its first message."""

    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        if not posts.has_posts(self.context, channel_id):
            body = await read_body(req, CreateThreadRequest)
            answer(resp, await threads.start_standalone(self.context, actor, channel_id, body), 201)
            return
        async with read_form(
            req,
            CreatePostRequest,
            self.context,
            may_attach=lambda: attachments.require_upload(self.context, actor, channel_id),
        ) as (post, files):
            answer(resp, await posts.start_post(self.context, actor, channel_id, post, files), 201)


class OwnThreadMember(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        with_member = query_bool(req, "with_member")
        answer(
            resp,
            await thread_members.get(self.context, actor, channel_id, actor.user_id, with_member=with_member),
        )

    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        await thread_members.join(self.context, await self.actor(req), channel_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        await thread_members.leave(self.context, await self.actor(req), channel_id)
        answer_nothing(resp)


class ThreadMember(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        actor = await self.actor(req)
        with_member = query_bool(req, "with_member")
        answer(resp, await thread_members.get(self.context, actor, channel_id, user_id, with_member=with_member))

    async def on_put(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await thread_members.add(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)

    async def on_delete(self, req: Request, resp: Response, channel_id: Snowflake, user_id: Snowflake) -> None:
        await thread_members.remove(self.context, await self.actor(req), channel_id, user_id)
        answer_nothing(resp)


class ThreadMembers(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await thread_members.list_members(
            self.context,
            actor,
            channel_id,
            with_member=query_bool(req, "with_member"),
            after=query_id(req, "after"),
            limit=query_int(req, "limit", 100, minimum=1, maximum=100),
        )
        answer(resp, found)


class ActiveThreads(Resource):
    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        answer(resp, await thread_lists.list_active(self.context, await self.actor(req), guild_id))


class _ArchivedThreads(Resource):
    is_private = False

    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await thread_lists.list_archived(
            self.context,
            actor,
            channel_id,
            is_private=self.is_private,
            before_ms=_query_time(req, "before"),
            limit=_query_limit(req),
        )
        answer(resp, found)


class PublicArchivedThreads(_ArchivedThreads):
    pass


class PrivateArchivedThreads(_ArchivedThreads):
    is_private = True


class JoinedArchivedThreads(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        before, limit = query_id(req, "before"), _query_limit(req)
        answer(resp, await thread_lists.list_joined(self.context, actor, channel_id, before=before, limit=limit))


class ThreadSearch(Resource):
    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await thread_lists.search(
            self.context,
            actor,
            channel_id,
            name=query_text(req, "name"),
            tag_ids=[parse_id("tag", text) for text in _query_list(req, "tag")],
            needs_all_tags=query_text(req, "tag_setting") == "match_all",
            is_archived=query_bool(req, "archived") if "archived" in req.params else None,
            sort_by=query_text(req, "sort_by") or "last_message_time",
            is_ascending=query_text(req, "sort_order") == "asc",
            min_id=query_id(req, "min_id"),
            max_id=query_id(req, "max_id"),
            limit=query_int(req, "limit", thread_lists.MAX_FOUND, minimum=1, maximum=thread_lists.MAX_FOUND),
            offset=query_int(req, "offset", 0, minimum=0, maximum=thread_lists.MAX_OFFSET),
        )
        answer(resp, found)


def _query_limit(req: Request) -> int:
    return query_int(req, "limit", thread_lists.DEFAULT_PAGE, minimum=1, maximum=thread_lists.MAX_PAGE)


def _query_list(req: Request, name: str) -> list[str]:
    """A query's values, given several times or with commas between them."""
    value = req.params.get(name, [])
    values = value if isinstance(value, list) else [value]
    return [part for text in values for part in str(text).split(",") if part]


def _query_time(req: Request, name: str) -> int | None:
    """A time of the query in Unix milliseconds. Raises ActionError 50035 for what is no ISO 8601 timestamp."""
    text = query_text(req, name)
    if not text:
        return None
    try:
        return parse_timestamp(text.replace(" ", "+"))  # a plus sign that nobody quoted
    except ValueError as error:
        raise errors.invalid_field(name, "DATE_TIME_TYPE_PARSE", str(error)) from None


ROUTES = {
    "/channels/{channel_id}/messages/{message_id}/threads": MessageThread,
    "/channels/{channel_id}/threads": Threads,
    "/channels/{channel_id}/threads/archived/public": PublicArchivedThreads,
    "/channels/{channel_id}/threads/archived/private": PrivateArchivedThreads,
    "/channels/{channel_id}/users/@me/threads/archived/private": JoinedArchivedThreads,
    "/channels/{channel_id}/threads/search": ThreadSearch,
    "/channels/{channel_id}/thread-members": ThreadMembers,
    "/channels/{channel_id}/thread-members/@me": OwnThreadMember,
    "/channels/{channel_id}/thread-members/{user_id}": ThreadMember,
    "/guilds/{guild_id}/threads/active": ActiveThreads,
}
