"""Waiting for what real sockets bring, with an end."""

import asyncio
import time
from collections.abc import Callable

LIMIT_S = 15.0


async def until(holds: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Return as soon as `holds()` does. Fails after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, f"still not so after {limit_s:g} s"
        await asyncio.sleep(0.005)
