"""Channels and threads that appear and vanish for people when roles, overwrites or members change."""

from collections.abc import Iterable

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch import ThreadDelete, ThreadListSync
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.bus import event
from tuichat.server.store.store import Apply


class _Sight(msgspec.Struct, frozen=True):
    """What somebody sees of a guild: channels, and active private threads, which can come and go without their channel."""

    channels: set[int]
    secrets: set[int]


_BLIND = _Sight(set(), set())


def telling_visibility(
    ctx: Context, state: GuildState, user_ids: Iterable[int], change: Apply, channel_ids: Iterable[int] | None = None
) -> Apply:
    """Wrap a change of memory: connected members who see more channels after it get CHANNEL_CREATE, who sees less gets CHANNEL_DELETE.

    Whoever gains a channel gets its active threads as THREAD_LIST_SYNC, as whoever gains private threads in one does. A
    channel takes its threads along; a private thread that is lost alone goes by THREAD_DELETE. Made for `before_publish`:
    the change's own event follows. `channel_ids` are those that can be concerned, None for all.
    """
    connected = [user_id for user_id in user_ids if ctx.presences.is_connected(user_id)]
    concerned = None if channel_ids is None else list(channel_ids)

    def sights() -> dict[int, _Sight]:
        return {user_id: _sight(state, user_id, concerned) for user_id in connected}

    def apply() -> None:
        rows = dict(state.channels)
        before = sights()
        change()
        after = sights()
        rows |= state.channels
        gained: dict[int, set[int]] = {}
        lost: dict[int, set[int]] = {}
        for user_id in connected:
            for channel_id in after[user_id].channels - before[user_id].channels:
                gained.setdefault(channel_id, set()).add(user_id)
            for channel_id in before[user_id].channels - after[user_id].channels:
                lost.setdefault(channel_id, set()).add(user_id)
        for name, changed in (("CHANNEL_CREATE", gained), ("CHANNEL_DELETE", lost)):
            for channel_id in sorted(changed):
                payload = wire.channel(state, rows[channel_id])
                ctx.bus.publish(event(name, payload, guild_id=state.id, user_ids=changed[channel_id]))
        for user_id in connected:
            _tell_threads(ctx, state, user_id, before[user_id], after[user_id])

    return apply


def _tell_threads(ctx: Context, state: GuildState, user_id: int, before: _Sight, after: _Sight) -> None:
    member = state.members.get(user_id)
    if member is None:
        return
    parents = after.channels - before.channels
    parents |= {
        int(state.threads[thread_id].parent_id or 0) for thread_id in after.secrets - before.secrets
    }  # all of their threads are sent: a client forgets those that it had
    found = state.visible_threads(member, sorted(parents))
    if found:
        followed = [state.thread_members.get(row.id, {}).get(user_id) for row in found]
        sync = ThreadListSync(
            guild_id=state.id,
            channel_ids=[Snowflake(parent_id) for parent_id in sorted({int(row.parent_id or 0) for row in found})],
            threads=[wire.thread(state, row, viewer_id=user_id) for row in found],
            members=[wire.thread_member(follower) for follower in followed if follower is not None],
        )
        ctx.bus.publish(event("THREAD_LIST_SYNC", sync, guild_id=state.id, user_ids=[user_id]))
    for thread_id in sorted(before.secrets - after.secrets):
        row = state.threads.get(thread_id)
        if row is not None and row.parent_id is not None and row.parent_id in after.channels:
            gone = ThreadDelete(id=row.id, guild_id=state.id, parent_id=row.parent_id, type=row.type)
            ctx.bus.publish(event("THREAD_DELETE", gone, guild_id=state.id, user_ids=[user_id]))


def _sight(state: GuildState, user_id: int, concerned: list[int] | None) -> _Sight:
    member = state.members.get(user_id)
    if member is None:
        return _BLIND
    if concerned is None:
        channels = {int(row.id) for row in state.visible_channels(member)}
    else:
        channels = {channel_id for channel_id in concerned if state.shows(user_id, channel_id)}
    threads = state.visible_threads(member, channels)
    return _Sight(channels, {int(row.id) for row in threads if row.type == ChannelType.PRIVATE_THREAD})
