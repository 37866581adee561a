"""Pictures of strangers: what they are, and smaller ones or other formats made of them, off the loop.

The library that opens them (`drawing`) is loaded with the first picture: it takes 5 MB.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from tuichat.server.files.picture import Format, Picture

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


MAX_QUEUED = 64  # pictures that wait for the one thread that draws; the next is refused
MAX_KEPT_BYTES = 16 * 1024 * 1024  # of drawn pictures in memory
DEFAULT_AVATARS = 6


class PicturesBusy(Exception):
    """Too many pictures wait to be drawn."""


class Pictures:
    """The one thread that opens pictures, so that many at once take neither the memory nor the processor of all."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._queued = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()  # the ones used last stand at the end
        self._kept_bytes = 0
        self._drawing: dict[Hashable, asyncio.Event] = {}

    async def inspect(self, source: bytes | Path) -> Picture:
        """Say what a picture is, having read all of it. Raises PictureRefused or PicturesBusy."""
        return await self._run(_inspect, source)

    async def measure(self, source: bytes | Path) -> tuple[int, int]:
        """Return width and height as a picture's header says. Raises as `inspect`."""
        return await self._run(_measure, source)

    async def without_exif(self, source: bytes) -> bytes:
        """Write a still picture anew, turned as its camera was held, without what else the camera said."""
        return await self._run(_without_exif, source)

    async def render(
        self,
        source: bytes | Path,
        wanted: Format,
        *,
        width: int | None = None,
        height: int | None = None,
        animated: bool = False,
    ) -> bytes:
        """Return the picture in another format, or made to fit into the size; it never grows. Raises as `inspect`."""
        return await self._run(_render, source, wanted, width, height, animated)

    async def kept(self, key: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """Return what `make` made for this key before, within MAX_KEPT_BYTES; many who ask at once wait for one."""
        while (content := self._kept.get(key)) is None and (drawing := self._drawing.get(key)) is not None:
            await drawing.wait()
        if content is not None:
            self._kept.move_to_end(key)
            return content
        done = self._drawing[key] = asyncio.Event()
        try:
            content = await make()
        finally:
            del self._drawing[key]
            done.set()
        self._keep(key, content)
        return content

    async def default_avatar(self, index: int, size: int) -> bytes:
        """Draw the picture of somebody without one, as PNG."""
        return await self._run(_default_avatar, index, size)

    def close(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _keep(self, key: Hashable, content: bytes) -> None:
        if len(content) > MAX_KEPT_BYTES // 8:
            return
        self._kept[key] = content
        self._kept_bytes += len(content)
        while self._kept_bytes > MAX_KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= len(oldest)

    async def _run(self, draw: Callable[[*Ts], T], *arguments: *Ts) -> T:
        if self._queued >= MAX_QUEUED:
            raise PicturesBusy(f"{MAX_QUEUED} pictures wait already.")
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, draw, *arguments)
        finally:
            self._queued -= 1


def _inspect(source: bytes | Path) -> Picture:
    from tuichat.server.files import drawing

    return drawing.inspect(source)


def _measure(source: bytes | Path) -> tuple[int, int]:
    from tuichat.server.files import drawing

    return drawing.measure(source)


def _without_exif(source: bytes) -> bytes:
    from tuichat.server.files import drawing

    return drawing.without_exif(source)


def _render(source: bytes | Path, wanted: Format, width: int | None, height: int | None, animated: bool) -> bytes:
    from tuichat.server.files import drawing

    return drawing.render(source, wanted, width, height, animated)


def _default_avatar(index: int, size: int) -> bytes:
    from tuichat.server.files import drawing

    return drawing.default_avatar(index, size)
