"""What happens to stages by themselves: one that no host is in ends, a minute after its last one left."""

import asyncio
import logging

from tuichat.server.actions import stages
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.stage_hosts import has_host
from tuichat.server.store.errors import StoreError
from tuichat.server.store.stage_rows import StageRow

HOSTLESS_LIMIT_MS = 60_000  # taste: long enough to come back after a lost connection, or after a restart of the server
FIRST_HOST_LIMIT_MS = 15 * 60_000  # taste: so late may the first host be of what an event or a bot began
CHECK_INTERVAL_S = 5.0  # taste: so late may a stage end

logger = logging.getLogger(__name__)


class StageWatch:
    """Looks which stages have a host in them.

    One that an event or a bot opened waits for its first host: whoever planned it, or wrote the bot, need not be there.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._hostless_since_ms: dict[int, int] = {}  # by stage
        self._hosted: set[int] = set()  # stages that a host was seen in

    async def look(self) -> None:
        """End what no host was in for the limit, by what was seen since this began to look."""
        now_ms = self._ctx.now_ms()
        live = [(state, stage) for state in self._ctx.guilds.all() for stage in state.stages.values()]
        self._hosted &= {int(stage.id) for _, stage in live}
        hostless = {int(stage.id): (state, stage) for state, stage in live if not self._sees_host(state, stage)}
        self._hostless_since_ms = {stage_id: self._hostless_since_ms.get(stage_id, now_ms) for stage_id in hostless}
        for stage_id, since_ms in self._hostless_since_ms.items():
            state, stage = hostless[stage_id]
            if now_ms - since_ms < self._limit_ms(stage):
                continue
            try:
                await stages.end_hostless(self._ctx, state, stage.channel_id, stage_id)
            except StoreError as error:
                logger.warning("stage %d could not end: %s", stage_id, error)

    def _limit_ms(self, stage: StageRow) -> int:
        """How long a stage may be without a host."""
        is_planned = stage.guild_scheduled_event_id is not None
        waits = stage.id not in self._hosted and (is_planned or self._ctx.users.wire(stage.starter_id).bot is True)
        return FIRST_HOST_LIMIT_MS if waits else HOSTLESS_LIMIT_MS

    def _sees_host(self, state: GuildState, stage: StageRow) -> bool:
        if not has_host(self._ctx, state, stage):
            return False
        self._hosted.add(stage.id)
        return True


async def run(ctx: Context) -> None:
    """Look for as long as the server runs. Cancel it to end."""
    watch = StageWatch(ctx)
    while True:
        try:
            await watch.look()
        except Exception:
            logger.exception("stages were not looked after")
        await asyncio.sleep(CHECK_INTERVAL_S)
