"""Channels and threads that appear and vanish for people when roles, overwrites or members change."""

from collections.abc import Iterable, Mapping

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.thread import ThreadDelete, ThreadListSync
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.bus import event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.store import Apply


class _Sight(msgspec.Struct, frozen=True):
    """What somebody sees of a guild: channels, and active private threads, which can come and go without their channel."""

    channels: set[int]
    secrets: set[int]


_BLIND = _Sight(set(), set())


class _Kin:
    """Connected members who see the same, because they have the same roles and nothing of their own."""

    __slots__ = ("after", "before", "user_ids")

    def __init__(self, user_ids: set[int], before: _Sight) -> None:
        self.user_ids = user_ids
        self.before = before
        self.after = _BLIND

    @property
    def example(self) -> int:
        return next(iter(self.user_ids))


def telling_visibility(
    ctx: Context,
    state: GuildState,
    change: Apply,
    *,
    user_ids: Iterable[int] | None = None,
    role_id: int | None = None,
    channel_ids: Iterable[int] | None = None,
) -> Apply:
    """Wrap a change of memory: connected members who see more channels after it get CHANNEL_CREATE, who sees less gets CHANNEL_DELETE.

    Whoever gains a channel gets its active threads as THREAD_LIST_SYNC, as whoever gains private threads in one does. A
    channel takes its threads along; a private thread that is lost alone goes by THREAD_DELETE. Made for `before_publish`:
    the change's own event follows. Only `user_ids`, or who has the role, can be concerned, None for all; likewise
    `channel_ids`. Who is connected is asked at the commit. It takes half a microsecond for each of them, and computes what
    is seen once for all who have the same roles.
    """
    concerned = None if channel_ids is None else list(channel_ids)
    named = None if user_ids is None else list(user_ids)

    def apply() -> None:
        rows = dict(state.channels)  # who loses a channel is shown it as it was: what it became is not theirs to know
        kindred = _kindred(state, _connected(ctx, state, named, role_id))
        for kin in kindred:
            kin.before = _sight(state, kin.example, concerned)
        change()
        kindred += _set_apart(state, kindred)
        for kin in kindred:
            kin.after = _sight(state, kin.example, concerned)
        _tell_channels(
            ctx,
            state,
            state.channels,
            "CHANNEL_CREATE",
            [(kin, kin.after.channels - kin.before.channels) for kin in kindred],
        )
        _tell_channels(
            ctx, state, rows, "CHANNEL_DELETE", [(kin, kin.before.channels - kin.after.channels) for kin in kindred]
        )
        for kin in kindred:
            if kin.before != kin.after:
                _tell_threads(ctx, state, kin)

    return apply


def _connected(ctx: Context, state: GuildState, named: list[int] | None, role_id: int | None) -> list[int]:
    members, presences = state.members, ctx.presences
    if named is not None:
        return [user_id for user_id in named if user_id in members and presences.is_connected(user_id)]
    here = [user_id for user_id in presences.connected_ids() if user_id in members]
    return here if role_id is None else [user_id for user_id in here if role_id in members[user_id].role_ids]


def _kindred(state: GuildState, user_ids: Iterable[int]) -> list[_Kin]:
    apart = _singular(state)
    by_roles: dict[object, set[int]] = {}
    for user_id in user_ids:
        by_roles.setdefault(user_id if user_id in apart else state.members[user_id].role_ids, set()).add(user_id)
    return [_Kin(found, _BLIND) for found in by_roles.values()]


def _set_apart(state: GuildState, kindred: list[_Kin]) -> list[_Kin]:
    """Take those out of their kin who were given something of their own; they saw what their kin saw."""
    apart = _singular(state)
    found = []
    for kin in kindred:
        for user_id in kin.user_ids & apart if len(kin.user_ids) > 1 else ():
            if len(kin.user_ids) > 1:
                kin.user_ids.discard(user_id)
                found.append(_Kin({user_id}, kin.before))
    return found


def _singular(state: GuildState) -> set[int]:
    """The members whose sight depends on more than their roles: the owner, whom an overwrite names, who is in a private thread."""
    apart = {int(state.row.owner_id)}
    for channel in state.channels.values():
        apart.update(int(overwrite.id) for overwrite in channel.overwrites if overwrite.type == 1)
    for thread in state.active_threads():
        if thread.type == ChannelType.PRIVATE_THREAD:
            apart.update(state.thread_members.get(thread.id, ()))
    return apart


def _tell_channels(
    ctx: Context, state: GuildState, rows: Mapping[int, ChannelRow], name: str, changed: list[tuple[_Kin, set[int]]]
) -> None:
    """Tell each channel to all who gained or lost it."""
    audiences: dict[int, list[_Kin]] = {}
    for kin, channel_ids in changed:
        for channel_id in channel_ids:
            audiences.setdefault(channel_id, []).append(kin)
    joined: dict[tuple[int, ...], frozenset[int]] = {}  # many channels come and go for the same people
    for channel_id, kindred in sorted(audiences.items()):
        key = tuple(map(id, kindred))
        if key not in joined:
            joined[key] = frozenset().union(*(kin.user_ids for kin in kindred))
        payload = wire.channel(state, rows[channel_id])
        ctx.bus.publish(event(name, payload, guild_id=state.id, channel_id=channel_id, user_ids=joined[key]))


def _tell_threads(ctx: Context, state: GuildState, kin: _Kin) -> None:
    member = state.members.get(kin.example)
    if member is None:
        return
    before, after = kin.before, kin.after
    parents = after.channels - before.channels
    parents |= {
        int(state.threads[thread_id].parent_id or 0) for thread_id in after.secrets - before.secrets
    }  # all of their threads are sent: a client forgets those that it had
    found = state.visible_threads(member, sorted(parents))
    if found:
        followers = {user_id for row in found for user_id in state.thread_members.get(row.id, ())} & kin.user_ids
        for viewers in [*({user_id} for user_id in sorted(followers)), kin.user_ids - followers]:
            if viewers:
                _sync_threads(ctx, state, found, viewers)
    for thread_id in sorted(before.secrets - after.secrets):
        row = state.threads.get(thread_id)
        if row is not None and row.parent_id is not None and row.parent_id in after.channels:
            gone = ThreadDelete(id=row.id, guild_id=state.id, parent_id=row.parent_id, type=row.type)
            ctx.bus.publish(event("THREAD_DELETE", gone, guild_id=state.id, user_ids=kin.user_ids))


def _sync_threads(ctx: Context, state: GuildState, found: list[ChannelRow], viewers: set[int]) -> None:
    """Tell threads to one who follows any of them, or to many who follow none."""
    viewer_id = next(iter(viewers))
    followed = [state.thread_members.get(row.id, {}).get(viewer_id) for row in found]
    sync = ThreadListSync(
        guild_id=state.id,
        channel_ids=[Snowflake(parent_id) for parent_id in sorted({int(row.parent_id or 0) for row in found})],
        threads=[wire.thread(state, row, viewer_id=viewer_id) for row in found],
        members=[wire.thread_member(follower) for follower in followed if follower is not None],
    )
    ctx.bus.publish(event("THREAD_LIST_SYNC", sync, guild_id=state.id, user_ids=viewers))


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
