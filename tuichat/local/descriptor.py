"""Reads a descriptor (a pipe, a file, a terminal) without holding up the loop and without a thread that could not be ended."""

import asyncio
import os
import stat

READ_BYTES = 65_536


async def read_block(descriptor: int) -> bytes:
    """Return what is there next, at most READ_BYTES; empty at the end, also where a terminal is gone."""
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # never waits, and selectors take no files
        return os.read(descriptor, READ_BYTES)
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(descriptor, ready.set)
    except PermissionError:  # /dev/null and its like: epoll refuses them, and they never wait either
        return os.read(descriptor, READ_BYTES)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(descriptor)
    try:
        return os.read(descriptor, READ_BYTES)
    except OSError:  # the terminal is gone
        return b""
