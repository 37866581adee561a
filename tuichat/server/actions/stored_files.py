"""Stored files that no row names any more are removed; rows whose file is missing are told."""

import asyncio
import logging

from tuichat.server.actions import uploads
from tuichat.server.actions.context import Context
from tuichat.server.files.depot import PREFIX_CHARACTERS
from tuichat.server.files.errors import FileStoreError
from tuichat.server.store.errors import StoreError
from tuichat.server.store.operations import ForgetLooseFiles

COLLECT_INTERVAL_S = 10.0
COLLECTED_AT_ONCE = 500
MAX_NAMED = 5  # taste: of missing files in one line of the log

logger = logging.getLogger(__name__)


async def collect(ctx: Context) -> int:
    """Remove files that lost their last row, or never got one; return how many went."""
    if ctx.files.is_held:
        return 0
    loose = await ctx.store.read_loose_files(COLLECTED_AT_ONCE)
    settled = [(number, name) for number, name in loose if not ctx.files.is_pinned(name)]
    names = {name for _, name in settled} | set(ctx.files.take_ended_pins(COLLECTED_AT_ONCE))
    if not names:
        return 0
    used = await ctx.store.read_used_files(names)
    removed = await ctx.files.remove(names - used)
    if ctx.files.is_held:  # somebody began to go through all files meanwhile: what was left is looked at again
        for name in names - used:
            ctx.files.pin(name)
    if settled:
        await ctx.store.write([ForgetLooseFiles(tuple(number for number, _ in settled))])
    return removed


async def sweep(ctx: Context) -> tuple[int, int]:
    """Go through all files once: return how many without a row were removed, and how many rows have no file."""
    removed = missing = 0
    named: list[str] = []
    for number in range(16**PREFIX_CHARACTERS):
        prefix = f"{number:0{PREFIX_CHARACTERS}x}"
        stored = await ctx.files.names(prefix)
        used = await ctx.store.read_files(prefix)
        removed += await ctx.files.remove(stored - used)
        lost = sorted(name for name in used - stored if not ctx.files.is_pinned(name))
        missing += len(lost)
        named += lost[: MAX_NAMED - len(named)]
    if removed:
        logger.info("removed %d stored files that nothing refers to", removed)
    if missing:
        logger.error("%d files that messages or pictures refer to are missing: %s", missing, ", ".join(named))
    return removed, missing


async def run(ctx: Context) -> None:
    """Sweep once, then collect, until cancelled."""
    try:
        await sweep(ctx)
    except (StoreError, FileStoreError):
        logger.exception("stored files could not be gone through")
    while True:
        await asyncio.sleep(COLLECT_INTERVAL_S)
        try:
            await uploads.expire(ctx)
            while await collect(ctx) >= COLLECTED_AT_ONCE:
                pass
        except (StoreError, FileStoreError):
            logger.exception("stored files could not be removed")
