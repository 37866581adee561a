"""Channels that appear and vanish for people when roles, overwrites or members change."""

from collections.abc import Iterable

from tuichat.server.actions import wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.bus import event
from tuichat.server.store.store import Apply


def telling_visibility(
    ctx: Context, state: GuildState, user_ids: Iterable[int], change: Apply, channel_ids: Iterable[int] | None = None
) -> Apply:
    """Wrap a change of memory: connected members who see more channels after it get CHANNEL_CREATE, who sees less gets CHANNEL_DELETE.

    Made for `before_publish`: the change's own event follows. `channel_ids` are those that can be concerned, None for all.
    """
    connected = [user_id for user_id in user_ids if ctx.presences.is_connected(user_id)]
    concerned = None if channel_ids is None else list(channel_ids)

    def visible() -> dict[int, set[int]]:
        return {user_id: _visible(state, user_id, concerned) for user_id in connected}

    def apply() -> None:
        rows = dict(state.channels)
        before = visible()
        change()
        after = visible()
        rows |= state.channels
        gained: dict[int, set[int]] = {}
        lost: dict[int, set[int]] = {}
        for user_id in connected:
            for channel_id in after[user_id] - before[user_id]:
                gained.setdefault(channel_id, set()).add(user_id)
            for channel_id in before[user_id] - after[user_id]:
                lost.setdefault(channel_id, set()).add(user_id)
        for name, changed in (("CHANNEL_CREATE", gained), ("CHANNEL_DELETE", lost)):
            for channel_id in sorted(changed):
                payload = wire.channel(state, rows[channel_id])
                ctx.bus.publish(event(name, payload, guild_id=state.id, user_ids=changed[channel_id]))

    return apply


def _visible(state: GuildState, user_id: int, concerned: list[int] | None) -> set[int]:
    member = state.members.get(user_id)
    if member is None:
        return set()
    if concerned is None:
        return {int(row.id) for row in state.visible_channels(member)}
    return {channel_id for channel_id in concerned if state.shows(user_id, channel_id)}
