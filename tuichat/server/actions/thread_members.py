"""Who follows a thread: joining, leaving, bringing others in and taking them out."""

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import FollowingMember
from tuichat.server.actions import errors, fields, thread_steps, wire
from tuichat.server.actions.access import require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.members import GUILD_MEMBERS_FLAGS
from tuichat.server.actions.step import write
from tuichat.server.actions.thread_steps import MAX_FOLLOWERS
from tuichat.server.actions.threads import require_thread
from tuichat.server.store.channel_rows import ChannelRow, ThreadMemberRow
from tuichat.server.store.message_rows import MessageRow

MAX_PAGE = 100


async def join(ctx: Context, actor: Actor, thread_id: int) -> None:
    """Follow a thread that one sees; following it already does nothing. Raises ActionError 50083 for an archived one."""
    await _add(ctx, actor, thread_id, actor.user_id)


async def add(ctx: Context, actor: Actor, thread_id: int, user_id: int) -> None:
    """Bring another member in: SEND_MESSAGES_IN_THREADS; into a private thread that is not open to that, MANAGE_THREADS.

    Whoever is to come must see the channel that the thread stands in: 50001.
    """
    await _add(ctx, actor, thread_id, user_id)


async def leave(ctx: Context, actor: Actor, thread_id: int) -> None:
    """Follow a thread no more. Raises ActionError 50083 for an archived one."""
    await _remove(ctx, actor, thread_id, actor.user_id)


async def remove(ctx: Context, actor: Actor, thread_id: int, user_id: int) -> None:
    """Take another member out: MANAGE_THREADS, or to have begun the thread where it is private."""
    await _remove(ctx, actor, thread_id, user_id)


async def get(
    ctx: Context, actor: Actor, thread_id: int, user_id: int, *, with_member: bool = False
) -> FollowingMember:
    """One who follows a thread; 10007 for one who does not."""
    _, state = require_thread(ctx, actor, thread_id)
    row = state.thread_members.get(thread_id, {}).get(user_id)
    if row is None:
        raise errors.unknown_member()
    return _shown(ctx, state, row, with_member=with_member)


async def list_members(
    ctx: Context, actor: Actor, thread_id: int, *, with_member: bool = False, after: int | None = None, limit: int = 100
) -> list[FollowingMember]:
    """Who follows a thread, by user id; a page of 1 to 100 with their guild members, all of them without.

    Bots need the GUILD_MEMBERS intent.
    """
    fields.require_range("limit", limit, 1, MAX_PAGE)
    _, state = require_thread(ctx, actor, thread_id)
    if actor.is_bot and not actor.application_flags & GUILD_MEMBERS_FLAGS:
        raise errors.missing_access()
    followers = state.thread_members.get(thread_id, {})
    found = [followers[user_id] for user_id in sorted(followers) if after is None or user_id > after]
    if with_member or after is not None:
        found = found[:limit]
    return [_shown(ctx, state, row, with_member=with_member) for row in found]


def _shown(ctx: Context, state: GuildState, row: ThreadMemberRow, *, with_member: bool) -> FollowingMember:
    shown = wire.thread_member(row)
    known = {field: getattr(shown, field) for field in shown.__struct_fields__}
    member = state.members.get(row.user_id)
    if not with_member or member is None:
        return FollowingMember(**known)
    return FollowingMember(**known, member=wire.member(ctx, member))


async def _add(ctx: Context, actor: Actor, thread_id: int, user_id: int) -> None:
    is_own = user_id == actor.user_id
    _, state = require_thread(ctx, actor, thread_id)
    async with state.lock:
        require_still(ctx, state)
        place, _ = require_thread(ctx, actor, thread_id)
        row = place.channel
        assert row.thread is not None
        if row.thread.is_archived:
            raise errors.thread_archived()
        if not is_own:
            _permit_adding(row, place.granted, actor)
            if user_id not in state.members:
                raise errors.unknown_member()
        followers = state.thread_members.get(thread_id, {})
        if user_id in followers:
            return
        if not state.can_view(user_id, row.parent_id or 0):
            raise errors.missing_access()
        if len(followers) >= MAX_FOLLOWERS:
            raise errors.limit_reached(ErrorCode.MAX_THREAD_MEMBERS, "thread participants", MAX_FOLLOWERS)
        steps = [thread_steps.follow(ctx, state, row, [user_id])]
        if not is_own:
            steps.append(thread_steps.notice(ctx, state, row, _notice(ctx, actor, row, user_id, is_added=True)))
        await write(ctx, *steps)


def _permit_adding(row: ChannelRow, granted: Permissions, actor: Actor) -> None:
    assert row.thread is not None
    if granted & Permissions.MANAGE_THREADS:
        return
    if not granted & Permissions.SEND_MESSAGES:  # SEND_MESSAGES_IN_THREADS, as a thread's permissions have it
        raise errors.missing_permissions()
    is_open = row.type != ChannelType.PRIVATE_THREAD or row.thread.is_invitable or row.owner_id == actor.user_id
    if not is_open:
        raise errors.missing_permissions()
    if row.thread.is_locked:
        raise errors.thread_locked()


async def _remove(ctx: Context, actor: Actor, thread_id: int, user_id: int) -> None:
    is_own = user_id == actor.user_id
    _, state = require_thread(ctx, actor, thread_id)
    async with state.lock:
        require_still(ctx, state)
        place, _ = require_thread(ctx, actor, thread_id)
        row = place.channel
        assert row.thread is not None
        may_remove = place.granted & Permissions.MANAGE_THREADS or (
            row.type == ChannelType.PRIVATE_THREAD and row.owner_id == actor.user_id
        )
        if not is_own and not may_remove:
            raise errors.missing_permissions()
        if row.thread.is_archived:
            raise errors.thread_archived()
        if user_id not in state.thread_members.get(thread_id, ()):
            if is_own:
                return
            raise errors.unknown_member()
        steps = [thread_steps.unfollow(ctx, state, row, user_id)]
        if not is_own:
            steps.append(thread_steps.notice(ctx, state, row, _notice(ctx, actor, row, user_id, is_added=False)))
        await write(ctx, *steps)


def _notice(ctx: Context, actor: Actor, row: ChannelRow, user_id: int, *, is_added: bool) -> MessageRow:
    """What stands in the thread when somebody is brought in or taken out by another."""
    return MessageRow(
        id=ctx.next_id(),
        channel_id=row.id,
        author_id=actor.user_id,
        type=MessageType.RECIPIENT_ADD if is_added else MessageType.RECIPIENT_REMOVE,
        mention_ids=(Snowflake(user_id),),
    )
