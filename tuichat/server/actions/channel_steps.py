"""Channels in writes: one appears, changes, or is told of anew."""

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.channel import ChannelCreate, ChannelDelete, ChannelUpdate
from tuichat.server.actions import wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.step import Step
from tuichat.server.actions.visibility import telling_visibility
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import Put
from tuichat.server.store.store import Apply


def appear(ctx: Context, state: GuildState, row: ChannelRow) -> Step:
    """A new channel; its category appears with it for those who saw none in it. The caller holds the guild's lock."""
    remember = telling(ctx, state, lambda: ctx.guilds.put_channel(state, row), row.parent_id)
    return Step([Put(row)], [told("CHANNEL_CREATE", ChannelCreate, state, row)], remember)


def change(ctx: Context, state: GuildState, *rows: ChannelRow) -> Step:
    """Channels with other fields: who may see them, and their categories, can be others."""

    def remember() -> None:
        for row in rows:
            ctx.guilds.put_channel(state, row)

    concerned = {row.id for row in rows} | {row.parent_id for row in rows}
    concerned |= {state.channels[row.id].parent_id for row in rows}
    return Step(
        [Put(row) for row in rows],
        [channel_updated(state, row) for row in rows],
        telling(ctx, state, remember, *concerned),
    )


def with_synced(state: GuildState, row: ChannelRow) -> list[ChannelRow]:
    """A channel with other fields; along with a category the channels that have its overwrites, which follow it.

    Discord's documentation, "Permission Syncing": a channel with overwrites of its own is left alone.
    """
    before = state.channels[row.id]
    if row.type != ChannelType.CATEGORY or set(row.overwrites) == set(before.overwrites):
        return [row]
    synced = [
        child
        for child in state.channels.values()
        if child.parent_id == row.id and set(child.overwrites) == set(before.overwrites)
    ]
    return [row, *(msgspec.structs.replace(child, overwrites=row.overwrites) for child in synced)]


def telling(ctx: Context, state: GuildState, change: Apply, *channel_ids: int | None) -> Apply:
    """Wrap a change after which others may see these channels, None for no channel."""
    concerned = {int(channel_id) for channel_id in channel_ids if channel_id is not None}
    return telling_visibility(ctx, state, change, channel_ids=concerned) if concerned else change


def channel_updated(state: GuildState, row: ChannelRow) -> Event:
    return told("CHANNEL_UPDATE", ChannelUpdate, state, row)


def told(
    name: str, kind: type[ChannelCreate] | type[ChannelUpdate] | type[ChannelDelete], state: GuildState, row: ChannelRow
) -> Event:
    shown = wire.channel(state, row)
    payload = kind(**{field: getattr(shown, field) for field in shown.__struct_fields__})
    return event(name, payload, guild_id=state.id, channel_id=row.id)
