"""Purging: old messages of a guild or a channel are removed for whoever runs the server."""

from tuichat.protocol.permissions import ALL
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT
from tuichat.server.actions import erasing, errors
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context, GuildState

DAY_MS = 86_400_000
PAGE = 100  # messages that one MESSAGE_DELETE_BULK names
MAX_STEP = 2_000  # messages of one request, so that each is answered soon


def bound_of(ctx: Context, older_than_days: int) -> int:
    """Return the lowest id of a message that stays."""
    return max(ctx.now_ms() - older_than_days * DAY_MS - EPOCH_MS, 0) << TIMESTAMP_SHIFT


async def count(ctx: Context, channel_ids: list[int], before: int) -> int:
    """How many messages would go."""
    return await ctx.store.count_messages(channel_ids, before=before)


async def purge_step(ctx: Context, channel_ids: list[int], before: int) -> int:
    """Remove up to MAX_STEP messages before an id, the oldest of each channel first, and tell who sees them.

    Returns how many were looked at: 0 means that all are gone. Messages of a kind that stays for ever stay.
    """
    done = 0
    for channel_id in channel_ids:
        after = 0
        while done < MAX_STEP:
            rows = [
                row for row in await ctx.store.read_messages(channel_id, after=after, limit=PAGE) if row.id < before
            ]
            if not rows:
                break
            place = _place(ctx, channel_id)
            if place is None:
                break
            await erasing.erase_many(ctx, place, rows)
            done += len(rows)
            after = max(row.id for row in rows)
    return done


def require_place(ctx: Context, channel_id: int) -> Place:
    """Find a channel, thread or direct message. Raises ActionError 50035."""
    place = _place(ctx, channel_id)
    if place is None:
        raise errors.invalid_field("channel", "CHANNEL_UNKNOWN", f"There is no channel with the id {channel_id}.")
    return place


def channels_of(state: GuildState) -> list[int]:
    """All channels and threads of a guild."""
    return [int(channel_id) for channel_id in (*state.channels, *state.threads)]


def _place(ctx: Context, channel_id: int) -> Place | None:
    state = ctx.guilds.of_channel(channel_id)
    channel = ctx.directs.get(channel_id) if state is None else state.find_channel(channel_id)
    return None if channel is None else Place(channel=channel, guild=state, granted=ALL)
