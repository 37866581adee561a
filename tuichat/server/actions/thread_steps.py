"""Threads in writes: one appears, changes or goes, and people begin and cease to follow it."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.channel import POST_CHANNELS, ChannelFlags
from tuichat.protocol.dispatch.thread import (
    ThreadCreate,
    ThreadDelete,
    ThreadMembersUpdate,
    ThreadMemberUpdate,
    ThreadUpdate,
)
from tuichat.protocol.permissions import ALL
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import FollowingMember
from tuichat.server.actions import message_objects, wire
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.step import Step
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow, ThreadMemberRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import DeleteChannel, DeleteThreadMember, Put

MAX_FOLLOWERS = 1000


def due_ms(state: GuildState, row: ChannelRow) -> int:
    """When a thread is archived if nothing happens in it any more."""
    assert row.thread is not None
    last_id = state.last_message_ids.get(row.id)
    active_ms = max(row.thread.changed_ms, 0 if last_id is None else last_id.timestamp_ms)
    return active_ms + row.thread.auto_archive_minutes * 60_000


def appear(ctx: Context, state: GuildState, row: ChannelRow, follower_ids: Iterable[int]) -> Step:
    """A new thread, which these members follow who see its channel. The caller holds the guild's lock, as for all of these."""
    followers = [
        ThreadMemberRow(thread_id=row.id, user_id=Snowflake(user_id), joined_ms=ctx.now_ms())
        for user_id in dict.fromkeys(map(int, follower_ids))
        if state.can_view(user_id, row.parent_id or 0)
    ][:MAX_FOLLOWERS]
    shown = msgspec.structs.replace(wire.thread(state, row), member_count=len(followers))
    created = ThreadCreate(**_fields(shown), newly_created=True)
    events = [event("THREAD_CREATE", created, guild_id=state.id, channel_id=row.id)]
    if followers:
        events.append(_members_update(ctx, state, row, len(followers), added=followers))

    def remember() -> None:
        ctx.guilds.put_channel(state, row)
        for follower in followers:
            state.put_thread_member(follower)
        parent = state.channels.get(row.parent_id or 0)
        if parent is not None and parent.type in POST_CHANNELS:
            state.last_message_ids[parent.id] = row.id
        ctx.archive_clock.watch(row.id, due_ms(state, row))

    return Step([Put(row), *map(Put, followers)], events, remember)


def change(ctx: Context, state: GuildState, row: ChannelRow) -> Step:
    """A thread with other fields. Once it is brought back, each follower hears that it follows it."""
    assert row.thread is not None
    before = state.threads[row.id].thread
    events = [
        event("THREAD_UPDATE", ThreadUpdate(**_fields(wire.thread(state, row))), guild_id=state.id, channel_id=row.id)
    ]
    if before is not None and before.is_archived and not row.thread.is_archived:
        for follower in state.thread_members.get(row.id, {}).values():
            if ctx.presences.is_connected(follower.user_id) and state.can_view(follower.user_id, row.id):
                own = ThreadMemberUpdate(**_fields(wire.thread_member(follower)), guild_id=state.id)
                events.append(event("THREAD_MEMBER_UPDATE", own, guild_id=state.id, user_ids=[follower.user_id]))

    def remember() -> None:
        ctx.guilds.put_channel(state, row)
        if row.thread is not None and not row.thread.is_archived:
            ctx.archive_clock.watch(row.id, due_ms(state, row))

    return Step([Put(row)], events, remember)


def follow(ctx: Context, state: GuildState, row: ChannelRow, user_ids: Sequence[int]) -> Step:
    """Members begin to follow a thread; each of them is told of it as of a new one, since it may not know it."""
    now_ms = ctx.now_ms()
    added = [ThreadMemberRow(thread_id=row.id, user_id=Snowflake(user_id), joined_ms=now_ms) for user_id in user_ids]
    count = len(state.thread_members.get(row.id, ())) + len(added)
    shown = msgspec.structs.replace(wire.thread(state, row), member_count=min(count, wire.MAX_COUNTED_FOLLOWERS))
    events = [_members_update(ctx, state, row, count, added=added)]
    for follower in added:
        if ctx.presences.is_connected(follower.user_id):
            own = msgspec.structs.replace(shown, member=wire.thread_member(follower))
            payload = ThreadCreate(**_fields(own))
            events.append(event("THREAD_CREATE", payload, guild_id=state.id, user_ids=[follower.user_id]))

    def remember() -> None:
        for follower in added:
            state.put_thread_member(follower)

    return Step([Put(follower) for follower in added], events, remember)


def unfollow(ctx: Context, state: GuildState, row: ChannelRow, user_id: int) -> Step:
    count = len(state.thread_members.get(row.id, ())) - 1
    return Step(
        [DeleteThreadMember(row.id, user_id)],
        [_members_update(ctx, state, row, count, removed=[user_id])],
        lambda: state.remove_thread_member(row.id, user_id),
    )


def followers_left(state: GuildState, user_id: int) -> list[Event]:
    """What the others in active threads hear when a member leaves the guild, and with it its threads."""
    return [
        _members_update(None, state, row, len(state.thread_members[row.id]) - 1, removed=[user_id])
        for row in state.active_threads()
        if user_id in state.thread_members.get(row.id, ())
    ]


def vanish(ctx: Context, state: GuildState, row: ChannelRow) -> Step:
    assert row.parent_id is not None
    gone = ThreadDelete(id=row.id, guild_id=state.id, parent_id=row.parent_id, type=row.type)
    return Step(
        [DeleteChannel(row.id)],
        [event("THREAD_DELETE", gone, guild_id=state.id, channel_id=row.id)],
        after_publish=lambda: ctx.guilds.remove_channel(state, row.id),
    )


def notice(
    ctx: Context, state: GuildState, channel: ChannelRow, row: MessageRow, referenced: MessageRow | None = None
) -> Step:
    """A message that the server writes into a channel or thread of the guild."""
    place = Place(channel=channel, guild=state, granted=ALL)
    shown = message_objects.message(ctx, state, row, referenced)

    def remember() -> None:
        state.last_message_ids[channel.id] = row.id

    return Step([Put(row)], [message_objects.created(ctx, place, row, shown)], remember)


def archived(row: ChannelRow, now_ms: int) -> ChannelRow:
    """The thread, archived now; a pinned post is pinned no more."""
    assert row.thread is not None
    return msgspec.structs.replace(
        row,
        flags=row.flags & ~ChannelFlags.PINNED,
        thread=msgspec.structs.replace(row.thread, is_archived=True, changed_ms=now_ms),
    )


def awake(row: ChannelRow, now_ms: int) -> ChannelRow:
    """The thread, active from now on."""
    assert row.thread is not None
    return msgspec.structs.replace(
        row, thread=msgspec.structs.replace(row.thread, is_archived=False, changed_ms=now_ms)
    )


def _members_update(
    ctx: Context | None,
    state: GuildState,
    row: ChannelRow,
    count: int,
    *,
    added: Sequence[ThreadMemberRow] = (),
    removed: Iterable[int] = (),
) -> Event:
    """THREAD_MEMBERS_UPDATE, which those who came or went get in any case."""
    joined = [
        FollowingMember(
            **_fields(wire.thread_member(follower)),
            member=wire.member(ctx, state.members[follower.user_id])
            if ctx and follower.user_id in state.members
            else UNSET,
            presence=None,
        )
        for follower in added
    ]
    left = [Snowflake(user_id) for user_id in removed]
    payload = ThreadMembersUpdate(
        id=row.id,
        guild_id=state.id,
        member_count=min(count, wire.MAX_COUNTED_FOLLOWERS),
        added_members=joined or UNSET,
        removed_member_ids=left or UNSET,
    )
    return Event(
        name="THREAD_MEMBERS_UPDATE",
        body=codec.encode(payload),
        guild_id=int(state.id),
        channel_id=int(row.id),
        mentioned_ids=frozenset(map(int, (*(follower.user_id for follower in added), *left))),
    )


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {field: getattr(struct, field) for field in struct.__struct_fields__}
