"""Activity in threads: what a message wakes and whom it brings in, and the archiving of those in which nothing happens."""

import asyncio
import logging
from collections.abc import Collection

from tuichat.protocol.channel import ChannelFlags, ChannelType
from tuichat.protocol.permissions import ALL, Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.actions import errors, thread_steps
from tuichat.server.actions.access import Place, require_still
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.step import Step, write
from tuichat.server.actions.thread_steps import MAX_FOLLOWERS
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.errors import StoreError

MAX_ACTIVE = 1000
MAX_ROLE_BROUGHT_IN = 100  # taste: a bigger role's people are pinged, and follow a thread when they write in it
LOOKED_AT_ONCE = 200  # taste: threads, between two turns of the loop
CHECK_INTERVAL_S = 30.0  # taste: so late may a thread be archived
RETRY_MS = 60_000  # taste: until the store may take writes again

logger = logging.getLogger(__name__)


async def enter(ctx: Context, place: Place, author_id: int, granted: Permissions, named_ids: Collection[int]) -> Place:
    """Before a message stands in a thread: bring the thread back, and let its author and those it names follow it.

    Returns the place as it is then; nothing waits when there is nothing to do. Raises ActionError 160005 for a locked
    thread, 160006 when the guild has as many active threads as it may, 10003 or 50013 for what changed meanwhile.
    """
    state, row = place.guild, place.channel
    if state is None or row.thread is None:
        return place
    manages = bool(granted & Permissions.MANAGE_THREADS)
    if row.thread.is_locked and not manages:
        raise errors.thread_locked()
    if not row.thread.is_archived and not _newcomers(state, row, author_id, manages, named_ids):
        return place
    async with state.lock:
        require_still(ctx, state)
        now = state.threads.get(row.id)
        if now is None or now.thread is None:
            raise errors.unknown_channel()
        if now.thread.is_locked and not manages:
            raise errors.thread_locked()
        steps: list[Step] = []
        if now.thread.is_archived:
            require_room(state)
            now = thread_steps.awake(now, ctx.now_ms())
            steps.append(thread_steps.change(ctx, state, now))
        newcomers = _newcomers(state, now, author_id, manages, named_ids)
        if newcomers:
            steps.append(thread_steps.follow(ctx, state, now, newcomers))
        if steps:
            await write(ctx, *steps)
    could_write = (
        granted != ALL and granted & Permissions.SEND_MESSAGES
    )  # an answer to an interaction needs no permission
    if could_write and not state.permissions_in(author_id, row.id, ctx.now_ms()) & Permissions.SEND_MESSAGES:
        raise errors.missing_permissions()
    return Place(channel=state.threads.get(row.id, now), guild=state, granted=place.granted)


def require_room(state: GuildState) -> None:
    """Refuse one active thread too many: 160006."""
    if len(state.active_threads()) >= MAX_ACTIVE:
        raise errors.limit_reached(ErrorCode.MAX_ACTIVE_THREADS, "active threads", MAX_ACTIVE)


def people_named(state: GuildState, user_ids: Collection[int], role_ids: Collection[int]) -> list[int]:
    """Whom a message's mentions bring into its thread: those named, and the people of small roles."""
    found = list(map(int, user_ids))
    for role_id in role_ids:
        people = [int(member.user_id) for member in state.members.values() if role_id in member.role_ids]
        if len(people) <= MAX_ROLE_BROUGHT_IN:
            found += people
    return found


async def archive_idle(ctx: Context) -> bool:
    """Archive threads in which nothing happened for as long as each of them allows; say whether there may be more."""
    due = ctx.archive_clock.take(ctx.now_ms(), LOOKED_AT_ONCE)
    for thread_id in due:
        try:
            await _archive_if_idle(ctx, thread_id)
        except StoreError as error:
            logger.warning("thread %d could not be archived: %s", thread_id, error)
            ctx.archive_clock.watch(thread_id, ctx.now_ms() + RETRY_MS)
    return len(due) == LOOKED_AT_ONCE


async def run(ctx: Context) -> None:
    """Archive idle threads for as long as the server runs. Cancel it to end."""
    while True:
        has_more = False
        try:
            has_more = await archive_idle(ctx)
        except Exception:
            logger.exception("threads could not be archived")
        await asyncio.sleep(0 if has_more else CHECK_INTERVAL_S)


async def _archive_if_idle(ctx: Context, thread_id: int) -> None:
    state = ctx.guilds.of_channel(thread_id)
    if state is None:
        return
    async with state.lock:
        row = state.threads.get(thread_id)
        if row is None or row.thread is None or row.thread.is_archived or row.flags & ChannelFlags.PINNED:
            return
        due_ms = thread_steps.due_ms(state, row)
        if due_ms > ctx.now_ms():
            ctx.archive_clock.watch(thread_id, due_ms)
            return
        await write(ctx, thread_steps.change(ctx, state, thread_steps.archived(row, ctx.now_ms())))


def _newcomers(
    state: GuildState, row: ChannelRow, author_id: int, manages: bool, named_ids: Collection[int]
) -> list[int]:
    """Who comes to follow a thread by a message in it: members who see its parent, as many as there is room for."""
    assert row.thread is not None
    followers = state.thread_members.get(row.id, {})
    wanted = [int(author_id)]
    if row.type != ChannelType.PRIVATE_THREAD or row.thread.is_invitable or manages:
        wanted += named_ids
    found = [
        user_id
        for user_id in dict.fromkeys(wanted)
        if user_id not in followers and state.can_view(user_id, row.parent_id or 0)
    ]
    return found[: max(MAX_FOLLOWERS - len(followers), 0)]
