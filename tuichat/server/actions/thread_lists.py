"""Lists of threads: the active ones of a guild, the archived ones of a channel, and a search by name."""

from collections.abc import Callable, Sequence

from msgspec import UNSET

from tuichat.protocol.channel import POST_CHANNELS, ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import ThreadList
from tuichat.server.actions import errors, fields, wire
from tuichat.server.actions.access import require_channel, require_guild
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.channel_rows import ChannelRow

MAX_PAGE = 100
DEFAULT_PAGE = 50  # Discord does not say
MAX_FOUND = 25
MAX_OFFSET = 9975
MAX_SEARCH_CHARACTERS = 100
MAX_SEARCH_TAGS = 20
_WITH_THREADS = frozenset({ChannelType.TEXT, ChannelType.ANNOUNCEMENT, *POST_CHANNELS})
_SORTS: dict[str, Callable[[GuildState, ChannelRow], int]] = {
    "last_message_time": lambda state, row: state.last_message_ids.get(row.id, row.id),
    "creation_time": lambda state, row: row.id,
    "archive_time": lambda state, row: _changed_ms(row),
    "relevance": lambda state, row: state.last_message_ids.get(row.id, row.id),
}


async def list_active(ctx: Context, actor: Actor, guild_id: int) -> ThreadList:
    """The active threads of a guild that the actor may see, newest first."""
    state = require_guild(ctx, actor, guild_id)
    return _answer(state, actor, state.visible_threads(state.members[actor.user_id])[::-1])


async def list_archived(
    ctx: Context,
    actor: Actor,
    channel_id: int,
    *,
    is_private: bool = False,
    before_ms: int | None = None,
    limit: int = DEFAULT_PAGE,
) -> ThreadList:
    """Archived threads of a channel, the last archived first: READ_MESSAGE_HISTORY, for private ones MANAGE_THREADS, too."""
    needed = (Permissions.READ_MESSAGE_HISTORY, *((Permissions.MANAGE_THREADS,) if is_private else ()))
    state, parent = _require_parent(ctx, actor, channel_id, *needed)
    fields.require_range("limit", limit, 1, MAX_PAGE)
    found = [
        row
        for row in _archived(state, parent.id)
        if (row.type == ChannelType.PRIVATE_THREAD) == is_private
        and (before_ms is None or _changed_ms(row) < before_ms)
    ]
    found.sort(key=lambda row: (_changed_ms(row), row.id), reverse=True)
    return _answer(state, actor, found[:limit], has_more=len(found) > limit)


async def list_joined(
    ctx: Context, actor: Actor, channel_id: int, *, before: int | None = None, limit: int = DEFAULT_PAGE
) -> ThreadList:
    """Archived private threads of a channel that the actor follows, newest first: READ_MESSAGE_HISTORY."""
    state, parent = _require_parent(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    fields.require_range("limit", limit, 1, MAX_PAGE)
    found = [
        row
        for row in _archived(state, parent.id)
        if row.type == ChannelType.PRIVATE_THREAD
        and actor.user_id in state.thread_members.get(row.id, ())
        and (before is None or row.id < before)
    ]
    found.sort(key=lambda row: row.id, reverse=True)
    return _answer(state, actor, found[:limit], has_more=len(found) > limit)


async def search(
    ctx: Context,
    actor: Actor,
    channel_id: int,
    *,
    name: str = "",
    tag_ids: Sequence[int] = (),
    needs_all_tags: bool = False,
    is_archived: bool | None = None,
    sort_by: str = "last_message_time",
    is_ascending: bool = False,
    min_id: int | None = None,
    max_id: int | None = None,
    limit: int = MAX_FOUND,
    offset: int = 0,
) -> ThreadList:
    """Threads of a channel that the actor may see, by words of their names and by tags: READ_MESSAGE_HISTORY."""
    state, parent = _require_parent(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    fields.require_range("limit", limit, 1, MAX_FOUND)
    fields.require_range("offset", offset, 0, MAX_OFFSET)
    if len(name) > MAX_SEARCH_CHARACTERS:
        raise errors.too_long("name", MAX_SEARCH_CHARACTERS)
    if len(tag_ids) > MAX_SEARCH_TAGS:
        raise errors.too_long("tag", MAX_SEARCH_TAGS)
    sort = _SORTS.get(sort_by)
    if sort is None:
        raise errors.invalid_field("sort_by", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(_SORTS)}.")
    words = name.casefold().split()
    wanted = set(tag_ids)

    def matches(row: ChannelRow) -> bool:
        assert row.thread is not None
        tags = set(row.thread.tag_ids)
        return (
            row.parent_id == parent.id
            and (is_archived is None or row.thread.is_archived == is_archived)
            and (min_id is None or row.id > min_id)
            and (max_id is None or row.id < max_id)
            and (not wanted or (wanted <= tags if needs_all_tags else bool(wanted & tags)))
            and all(word in row.name.casefold() for word in words)
            and state.can_view(actor.user_id, row.id)
        )

    found = [row for row in state.threads.values() if matches(row)]
    found.sort(key=lambda row: (sort(state, row), row.id), reverse=not is_ascending)
    end = offset + limit
    return _answer(state, actor, found[offset:end], has_more=len(found) > end, total=len(found))


def _require_parent(ctx: Context, actor: Actor, channel_id: int, *needed: Permissions) -> tuple[GuildState, ChannelRow]:
    state, parent, _ = require_channel(ctx, actor, channel_id, *needed)
    if parent.type not in _WITH_THREADS:
        raise errors.wrong_channel_type()
    return state, parent


def _archived(state: GuildState, parent_id: Snowflake) -> list[ChannelRow]:
    return [
        row
        for row in state.threads.values()
        if row.parent_id == parent_id and row.thread is not None and row.thread.is_archived
    ]


def _changed_ms(row: ChannelRow) -> int:
    return 0 if row.thread is None else row.thread.changed_ms


def _answer(
    state: GuildState,
    actor: Actor,
    rows: Sequence[ChannelRow],
    *,
    has_more: bool | None = None,
    total: int | None = None,
) -> ThreadList:
    own = [state.thread_members.get(row.id, {}).get(actor.user_id) for row in rows]
    return ThreadList(
        threads=[wire.thread(state, row, viewer_id=actor.user_id) for row in rows],
        members=[wire.thread_member(follower) for follower in own if follower is not None],
        has_more=UNSET if has_more is None else has_more,
        total_results=UNSET if total is None else total,
    )
