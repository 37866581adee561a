"""Threads and the posts of forums: begun, listed, joined, left, renamed, closed."""

from collections.abc import Callable, Sequence

import msgspec
from msgspec import UNSET

from tuichat.client import directory
from tuichat.client.change import Change, ChannelsChanged
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.client.state import State
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import CreatePostRequest, CreateThreadRequest, FollowingMember, ThreadList

PAGE = 25  # the most that a search for threads gives at once
MAX_NAME_CHARACTERS = 100
MAX_MEMBERS = 100


def begin_thread(channel_id: int, message_id: int | None, name: str, kind: int | None) -> Request:
    if message_id is not None:
        body = CreateThreadRequest(name=name)
        return make_request(
            "POST", "/channels/{}/messages/{}/threads", channel_id, message_id, body=body, repeat=Repeat.UNSAFE
        )
    body = CreateThreadRequest(name=name, type=kind)
    return make_request("POST", "/channels/{}/threads", channel_id, body=body, repeat=Repeat.UNSAFE)


def begin_post(channel_id: int, name: str, text: str, tag_ids: Sequence[int]) -> Request:
    tags = [Snowflake(tag_id) for tag_id in tag_ids]
    body = CreatePostRequest(name=name, message=CreateMessageRequest(content=text), applied_tags=tags or UNSET)
    return make_request("POST", "/channels/{}/threads", channel_id, body=body, repeat=Repeat.UNSAFE)


def list_threads(
    channel_id: int, *, is_archived: bool | None, offset: int, sort_by: str, tag_id: int | None, name: str
) -> Request:
    query = {"limit": str(PAGE), "offset": str(offset), "sort_by": sort_by, "sort_order": "desc"}
    if is_archived is not None:
        query["archived"] = str(is_archived).lower()
    if tag_id is not None:
        query["tag"] = str(int(tag_id))
    if name:
        query["name"] = name
    return make_request("GET", "/channels/{}/threads/search", channel_id, query=query)


def edit_thread(thread_id: int, body: EditChannelRequest) -> Request:
    return make_request("PATCH", "/channels/{}", thread_id, body=body)


def list_members(thread_id: int) -> Request:
    query = {"with_member": "true", "limit": str(MAX_MEMBERS)}
    return make_request("GET", "/channels/{}/thread-members", thread_id, query=query)


class ThreadPages:
    """The threads of a channel in the order in which a server gives them, page by page: pinned ones first."""

    def __init__(
        self, rest: Rest, channel_id: int, *, is_archived: bool | None, sort_by: str, tag_id: int | None
    ) -> None:
        self.threads: list[Channel] = []
        self.joined: set[int] = set()
        self.has_more = True
        self._rest = rest
        self._channel_id = channel_id
        self._is_archived = is_archived
        self._sort_by = sort_by
        self._tag_id = tag_id
        self._offset = 0
        self._is_loading = False

    async def load(self) -> None:
        """Add the next page; nothing where one is under way. Raises ClientError."""
        if self._is_loading or not self.has_more:
            return
        self._is_loading = True
        try:
            request = list_threads(
                self._channel_id,
                is_archived=self._is_archived,
                offset=self._offset,
                sort_by=self._sort_by,
                tag_id=self._tag_id,
                name="",
            )
            page = await self._rest.get(request, ThreadList)
        finally:
            self._is_loading = False
        known = {thread.id for thread in self.threads}
        self.threads += [thread for thread in page.threads if thread.id not in known]
        self.joined |= {int(member.id) for member in page.members if isinstance(member.id, int)}
        self._offset += PAGE
        self.has_more = page.has_more is True or (page.has_more is UNSET and len(page.threads) >= PAGE)


class Threads:
    """Calls that wait raise ClientError."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    async def begin(
        self, channel_id: int, name: str, *, message_id: int | None = None, is_private: bool = False
    ) -> Channel:
        """Begin a thread, from a message or beside one, and know it."""
        parent = self._state.channels.get(channel_id)
        is_news = parent is not None and parent.type == ChannelType.ANNOUNCEMENT
        public = ChannelType.ANNOUNCEMENT_THREAD if is_news else ChannelType.PUBLIC_THREAD
        kind = ChannelType.PRIVATE_THREAD if is_private else public
        thread = await self._rest.get(begin_thread(channel_id, message_id, name, int(kind)), Channel)
        self.know(thread)
        return thread

    async def post(self, channel_id: int, name: str, text: str, tag_ids: Sequence[int]) -> Channel:
        """Begin a post of a forum, and know it."""
        post = await self._rest.get(begin_post(channel_id, name, text, tag_ids), Channel)
        self.know(post)
        return post

    def know(self, thread: Channel) -> None:
        """Keep a thread, also an archived one, so that it can be read."""
        guild_id = thread.guild_id
        guild = self._state.guilds.get(guild_id) if isinstance(guild_id, int) else None
        if guild is not None:
            directory.show_thread(self._state, guild, thread)
            self._emit([ChannelsChanged(guild.guild.id)])

    def pages(
        self,
        channel_id: int,
        *,
        is_archived: bool | None,
        sort_by: str = "last_message_time",
        tag_id: int | None = None,
    ) -> ThreadPages:
        return ThreadPages(self._rest, channel_id, is_archived=is_archived, sort_by=sort_by, tag_id=tag_id)

    async def join(self, thread_id: int) -> None:
        await self._rest.perform(make_request("PUT", "/channels/{}/thread-members/@me", thread_id))

    async def leave(self, thread_id: int) -> None:
        await self._rest.perform(make_request("DELETE", "/channels/{}/thread-members/@me", thread_id))
        known = self._state.channels.get(thread_id)
        if known is not None:
            self._state.channels[thread_id] = msgspec.structs.replace(known, member=UNSET)
            self._emit([ChannelsChanged(known.guild_id if isinstance(known.guild_id, int) else None)])

    async def members(self, thread_id: int) -> list[FollowingMember]:
        return await self._rest.get(list_members(thread_id), list[FollowingMember])

    async def add(self, thread_id: int, user_ids: Sequence[int]) -> None:
        """Bring others into a thread, one by one: who is not in it yet follows it then."""
        for user_id in user_ids:
            await self._rest.perform(make_request("PUT", "/channels/{}/thread-members/{}", thread_id, user_id))

    async def edit(self, thread_id: int, change: EditChannelRequest) -> Channel:
        """Rename, archive, lock, or set slow mode (seconds) and the time to archiving (minutes)."""
        return await self._rest.get(edit_thread(thread_id, change), Channel)

    async def delete(self, thread_id: int) -> None:
        await self._rest.perform(make_request("DELETE", "/channels/{}", thread_id))
