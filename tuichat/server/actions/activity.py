"""Who was here on which day: what a prune goes by."""

from tuichat.server.actions.context import Context
from tuichat.server.store.operations import NoteSeen

DAY_MS = 86_400_000
WRITTEN_AT_ONCE = 500


def note_connected(ctx: Context) -> None:
    """Note everybody who is connected; called again and again, so that a long session counts for each of its days."""
    ctx.last_days.note_all(ctx.presences.connected_ids(), ctx.now_ms() // DAY_MS)


async def write_days(ctx: Context) -> None:
    """Write what is new since the last call."""
    while rows := ctx.last_days.take(WRITTEN_AT_ONCE):
        await ctx.store.write([NoteSeen(tuple(rows))])
