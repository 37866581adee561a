"""Search: finding messages in a guild, or in one channel."""

import secrets
from collections.abc import Callable, Iterable

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel, ChannelType, ThreadMember
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.search import Hit, IndexNotReady, SearchAnswer
from tuichat.server.actions import message_objects, wire
from tuichat.server.actions.access import require_guild, require_place
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_search import MessageSearch, SearchIndexing

RETRY_AFTER_S = 2
_FORUMS = (ChannelType.FORUM, ChannelType.MEDIA)
_READABLE = Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY


async def search_guild(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    wanted: MessageSearch,
    channel_ids: Iterable[int] = (),
    *,
    include_nsfw: bool = False,
) -> SearchAnswer | IndexNotReady:
    """Find messages in the channels of a guild that the actor may read the history of, or in those of them that are named.

    Age-restricted channels are left out unless asked for. What `wanted` says of the place counts nothing.
    """
    state = require_guild(ctx, actor, guild_id)
    readable = _readable(state, actor, include_nsfw=include_nsfw)
    named = set(channel_ids)
    if named:
        named |= {thread_id for thread_id, row in state.threads.items() if _is_post_of(state, row, named)}
        readable &= named
    if not readable:
        return _answer(state, actor, [], 0)
    hidden = state.channels.keys() | state.threads.keys()
    hidden -= readable
    if named or len(readable) < len(hidden):
        wanted = msgspec.structs.replace(wanted, guild_id=state.id, channel_ids=tuple(readable), hidden_ids=())
    else:
        wanted = msgspec.structs.replace(wanted, guild_id=state.id, channel_ids=(), hidden_ids=tuple(hidden))
    return await _search(
        ctx, actor, state, wanted, lambda channel_id: channel_id in readable and _may_read(state, actor, channel_id)
    )


async def search_channel(
    ctx: Context, actor: Actor, channel_id: int, wanted: MessageSearch
) -> SearchAnswer | IndexNotReady:
    """Find messages in one channel, thread or direct message, or in the posts of a forum: READ_MESSAGE_HISTORY."""
    place = require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    state = place.guild
    if state is not None and place.channel.type in _FORUMS:
        return await search_guild(ctx, actor, state.id, wanted, [channel_id], include_nsfw=True)
    wanted = msgspec.structs.replace(wanted, guild_id=None, channel_ids=(int(channel_id),), hidden_ids=())
    if state is None:
        return await _search(ctx, actor, None, wanted, lambda found_in: found_in == channel_id)
    guild = state
    return await _search(
        ctx, actor, guild, wanted, lambda found_in: found_in == channel_id and _may_read(guild, actor, channel_id)
    )


async def _search(
    ctx: Context, actor: Actor, state: GuildState | None, wanted: MessageSearch, may_read: Callable[[int], bool]
) -> SearchAnswer | IndexNotReady:
    """Ask the store, and of what it found show what may be read now: permissions may have changed meanwhile."""
    if _tells_content(wanted) and not message_objects.reads_all(actor, state):
        wanted = msgspec.structs.replace(wanted, party_id=int(actor.user_id))
    page = await ctx.store.search(wanted)
    if isinstance(page, SearchIndexing):
        return IndexNotReady(documents_indexed=page.indexed, retry_after=RETRY_AFTER_S)
    shown = await message_objects.messages(ctx, state, page.rows, actor.user_id)
    found = [message for message in shown if may_read(message.channel_id)]
    return _answer(state, actor, message_objects.readable_in(actor, state, found), page.total)


def _tells_content(wanted: MessageSearch) -> bool:
    """Whether a hit says something of what a message contains: a bot without MESSAGE_CONTENT finds by that only messages
    that it may read."""
    return wanted.phrases is not None or any(
        (
            wanted.has,
            wanted.has_not,
            wanted.embed_kinds,
            wanted.embed_providers,
            wanted.link_hosts,
            wanted.file_names,
            wanted.file_extensions,
        )
    )


def _may_read(state: GuildState, actor: Actor, channel_id: int) -> bool:
    """Whether the history is open to the actor; a timeout leaves it open."""
    return state.grants(actor.user_id, channel_id, _READABLE)


def _readable(state: GuildState, actor: Actor, *, include_nsfw: bool) -> set[int]:
    """The channels and threads whose history is open to the actor. A thread has its parent's age restriction."""
    readable = {
        channel_id
        for channel_id, row in state.channels.items()
        if (include_nsfw or not row.is_nsfw) and _may_read(state, actor, channel_id)
    }
    # A public thread is as its parent is: a guild may have thousands, so only the others are looked at one by one.
    readable |= {
        thread_id
        for thread_id, row in state.threads.items()
        if row.parent_id in readable and (row.type != ChannelType.PRIVATE_THREAD or _may_read(state, actor, thread_id))
    }
    return readable


def _is_post_of(state: GuildState, thread: ChannelRow, named: set[int]) -> bool:
    """Whether a thread is a post in one of these forums, which have no messages of their own."""
    parent = state.channels.get(thread.parent_id or 0)
    return parent is not None and parent.type in _FORUMS and parent.id in named


def _answer(state: GuildState | None, actor: Actor, found: list[Message], total: int) -> SearchAnswer:
    threads: list[Channel] | UnsetType = UNSET
    members: list[ThreadMember] | UnsetType = UNSET
    if state is not None:
        rows = [row for place in dict.fromkeys(hit.channel_id for hit in found) if (row := state.threads.get(place))]
        if rows:
            threads = [wire.thread(state, row) for row in rows]
            joined = (state.thread_members.get(row.id, {}).get(actor.user_id) for row in rows)
            members = [wire.thread_member(member) for member in joined if member is not None]
    return SearchAnswer(
        analytics_id=secrets.token_hex(16),
        total_results=total,
        messages=[[_hit(message)] for message in found],
        threads=threads,
        members=members,
    )


def _hit(message: Message) -> Hit:
    fields = {field: getattr(message, field) for field in message.__struct_fields__}
    return Hit(**fields | {"reactions": UNSET})
