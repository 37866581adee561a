"""Has one program at a time do something on this machine, and another wait a while for its turn."""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from tuichat.errors import TuichatError
from tuichat.translation import _

LIMIT_S = 10.0  # taste: longer than one that is about to end takes for it
POLL_S = 0.2


class TurnError(TuichatError):
    """Another program does it, and goes on."""


@contextlib.asynccontextmanager
async def turn(lock: Path, limit_s: float = LIMIT_S) -> AsyncIterator[None]:
    """Hold the file `lock`, which is there meanwhile. Raises TurnError where another holds it all the time, and OSError."""
    end_s = time.monotonic() + limit_s
    while (descriptor := _taken(lock)) is None:
        if time.monotonic() > end_s:
            raise TurnError(_("Another tuichat sees to this connection."))
        await asyncio.sleep(POLL_S)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(descriptor)


def _taken(lock: Path) -> int | None:
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The one before may have removed it in between: what is held is no longer what the next will find.
        if lock.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
