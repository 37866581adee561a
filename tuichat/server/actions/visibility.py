"""Channels that appear and vanish for people when roles, overwrites or members change."""

from collections.abc import Iterable

from tuichat.server.actions import wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.bus import event
from tuichat.server.store.rows import ChannelRow
from tuichat.server.store.store import Apply


def telling_visibility(ctx: Context, state: GuildState, user_ids: Iterable[int], change: Apply) -> Apply:
    """Wrap a change of memory: connected members who see more channels after it get CHANNEL_CREATE, who sees less gets CHANNEL_DELETE.

    Made for `before_publish`: the change's own event follows.
    """
    connected = [user_id for user_id in user_ids if ctx.presences.is_connected(user_id)]

    def apply() -> None:
        before = {user_id: _visible(state, user_id) for user_id in connected}
        change()
        gained: dict[int, set[int]] = {}
        lost: dict[int, set[int]] = {}
        shown: dict[int, ChannelRow] = {}
        for user_id, seen in before.items():
            sees = _visible(state, user_id)
            for channel_id in sees.keys() - seen.keys():
                gained.setdefault(channel_id, set()).add(user_id)
            for channel_id in seen.keys() - sees.keys():
                lost.setdefault(channel_id, set()).add(user_id)
            shown |= seen | sees
        for name, changed in (("CHANNEL_CREATE", gained), ("CHANNEL_DELETE", lost)):
            for channel_id in sorted(changed):
                payload = wire.channel(state, state.channels.get(channel_id, shown[channel_id]))
                ctx.bus.publish(event(name, payload, guild_id=state.id, user_ids=changed[channel_id]))

    return apply


def _visible(state: GuildState, user_id: int) -> dict[int, ChannelRow]:
    member = state.members.get(user_id)
    return {} if member is None else {row.id: row for row in state.visible_channels(member)}
