"""The garbage collector, kept from holding the loop: what stays is not gone through again and again.

Nearly all that the server drops goes by reference counting. The young generations, where an exception's or a task's
circles end, are collected as ever, which takes a millisecond. A full collection takes as long as there are live objects,
ten milliseconds for a thousand sessions, and cannot be interrupted; so it comes once an hour, in case a circle grew old.
"""

import asyncio
import gc
import logging
import time

YOUNG_OBJECTS = 2000  # between two collections of the youngest; ten of them before the next generation's
FULL_INTERVAL_S = 3600.0
_NEVER = 1_000_000_000

logger = logging.getLogger(__name__)


def calm() -> None:
    """Take what was loaded so far out of the collector's sight, and leave full collections to `collect_hourly`."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 10, _NEVER)


async def collect_hourly() -> None:
    """Collect everything once an hour. Cancel it to end."""
    while True:
        await asyncio.sleep(FULL_INTERVAL_S)
        begin = time.perf_counter()
        found = gc.collect()
        logger.info("a full collection found %d objects in %.0f ms", found, (time.perf_counter() - begin) * 1000)
