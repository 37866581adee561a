"""Reads a descriptor (a pipe, a file, a terminal) without holding up the loop and without a thread that could not be ended."""

import asyncio
import os
import stat
from collections.abc import Callable

READ_BYTES = 65_536


def when_unread(descriptor: int, callback: Callable[[], None]) -> Callable[[], None]:
    """Have `callback` called once nobody reads a pipe any more; call what is returned to end that. Nothing else is ever left."""
    loop = asyncio.get_running_loop()
    if not stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        return lambda: None

    def left() -> None:  # a pipe's writing end is readable when it is an error to write
        loop.remove_reader(descriptor)
        callback()

    loop.add_reader(descriptor, left)

    def end() -> None:
        loop.remove_reader(descriptor)

    return end


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
