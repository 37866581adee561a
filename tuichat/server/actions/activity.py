"""Who was here on which day: what a prune goes by."""

import logging

from tuichat.server.actions.context import Context
from tuichat.server.store.errors import StoreError
from tuichat.server.store.operations import NoteSeen

logger = logging.getLogger(__name__)

DAY_MS = 86_400_000
WRITTEN_AT_ONCE = 500


def note_connected(ctx: Context) -> None:
    """Note everybody who is connected; called again and again, so that a long session counts for each of its days."""
    ctx.last_days.note_all(ctx.presences.connected_ids(), ctx.now_ms() // DAY_MS)


async def write_days(ctx: Context) -> None:
    """Write what is new since the last call. What the store does not take waits for the next one."""
    while rows := ctx.last_days.take(WRITTEN_AT_ONCE):
        try:
            await ctx.store.write([NoteSeen(tuple(rows))])
        except StoreError as error:
            ctx.last_days.give_back(rows)
            logger.warning("who was here is not written yet: %s", error)
            return
