"""Work that goes on after a request was answered: owned here, bounded, ended with the server."""

import asyncio
import logging
from collections.abc import Coroutine

MAX_RUNNING = 1_000  # taste: beyond it more is left undone, since none of it is owed to anybody who waits

logger = logging.getLogger(__name__)


class Background:
    """Tasks of one server."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[None, None, None], name: str) -> bool:
        """Run it soon, and log where it fails; False where so much runs already that it is left undone."""
        if self._is_closed or len(self._tasks) >= MAX_RUNNING:
            work.close()
            logger.warning("%s was left undone: %d pieces of work run already", name, len(self._tasks))
            return False
        task = asyncio.get_running_loop().create_task(_guarded(work, name), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def settle(self) -> None:
        """Wait until nothing runs."""
        while self._tasks:
            await asyncio.wait(list(self._tasks))

    async def close(self) -> None:
        """End what still runs."""
        self._is_closed = True
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _guarded(work: Coroutine[None, None, None], name: str) -> None:
    try:
        await work
    except Exception:
        logger.exception("%s failed", name)
