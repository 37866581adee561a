"""The files of one server: drafts coming in, whole files by the hash of their content, and what must not be removed yet."""

import asyncio
import contextlib
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from tuichat.config.private_files import make_private_dir
from tuichat.server.files.depot import Blob, Depot
from tuichat.server.files.draft import Draft
from tuichat.server.files.errors import FileStoreError
from tuichat.server.files.local_depot import LocalDepot

THREADS = 4  # of reads and writes at once; more only makes a disk seek
PIN_S = 600.0  # from when a file is kept to when the row that refers to it must be written
MIN_FREE_BYTES = 256 * 1024 * 1024
DRAFTS = "drafts"
UNNAMED = "unnamed-"
OBJECTS = "objects"


class FileStore:
    """Content-addressed files.

    A file is kept first, and the row that refers to it is written after, so a row never names a file that is not on the
    disk. Whoever keeps a file pins it: it is not removed for PIN_S, whatever the rows say.
    """

    def __init__(
        self, folder: Path, depot: Depot, threads: ThreadPoolExecutor, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        self.folder = folder
        self.drafts_folder = folder / DRAFTS
        self._depot = depot
        self._threads = threads
        self._now_s = now_s
        self._pins: dict[str, float] = {}  # by name, when it ends
        self._removing: dict[str, asyncio.Event] = {}
        self._holds = 0

    @classmethod
    def open(cls, folder: Path, *, depot: Depot | None = None, now_s: Callable[[], float] = time.monotonic) -> Self:
        """Make or open the folder of the drafts and, unless there is another `depot`, of the files.

        Raises PrivateFileError when it cannot be made.
        """
        for draft in make_private_dir(folder / DRAFTS).glob(f"{UNNAMED}*"):
            draft.unlink()  # of an earlier run that ended in the middle
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="files")
        return cls(folder, depot or LocalDepot(folder / OBJECTS, threads), threads, now_s)

    def draft(self, max_bytes: int, name: str | None = None) -> Draft:
        """Begin a file. One with a name of its own can be resumed by another run of the server.

        Raises FileStoreError as `require_room` does; for one with a name, that is the caller's to ask.
        """
        assert name is None or not name.startswith(UNNAMED)
        if name is None:
            self.require_room(max_bytes)
        return Draft(self.drafts_folder / (name or f"{UNNAMED}{secrets.token_hex(16)}"), self._threads, max_bytes)

    def require_room(self, size_bytes: int) -> None:
        """Raise FileStoreError when the disk has no room for so much beside MIN_FREE_BYTES, which the database needs."""
        free_bytes = shutil.disk_usage(self.drafts_folder).free
        if free_bytes < MIN_FREE_BYTES + size_bytes:
            raise FileStoreError(f"{self.drafts_folder} has no room for {size_bytes} bytes: {free_bytes} are free.")

    async def keep(self, draft: Draft) -> Blob:
        """Finish a draft, store it and pin it."""
        try:
            blob = await draft.finish()
            self.pin(blob.name)
            while (removal := self._removing.get(blob.name)) is not None:
                await removal.wait()
            await self._depot.keep(draft.path, blob)
        finally:
            await draft.discard()
        self.pin(blob.name)
        return blob

    async def keep_bytes(self, content: bytes) -> Blob:
        """Store and pin a small file."""
        draft = self.draft(len(content))
        try:
            await draft.write(content)
        except BaseException:
            await draft.discard()
            raise
        return await self.keep(draft)

    def pin(self, name: str, for_s: float | None = None) -> None:
        """Keep a file from being removed for PIN_S, or longer; a pin is never cut short."""
        end_s = self._now_s() + (PIN_S if for_s is None else for_s)
        self._pins[name] = max(self._pins.pop(name, end_s), end_s)

    def is_pinned(self, name: str) -> bool:
        return self._pins.get(name, 0.0) > self._now_s()

    @property
    def is_held(self) -> bool:
        return self._holds > 0

    @contextlib.asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Remove nothing until left: somebody goes through all files that rows name at one moment."""
        self._holds += 1
        try:
            while self._removing:
                await next(iter(self._removing.values())).wait()
            yield
        finally:
            self._holds -= 1

    def take_ended_pins(self, limit: int) -> list[str]:
        """Forget up to `limit` pins that have ended, and return their names: those files may have no row."""
        now_s = self._now_s()
        ended: list[str] = []
        for name, end_s in self._pins.items():
            if len(ended) >= limit:
                break
            if end_s <= now_s:
                ended.append(name)
        for name in ended:
            del self._pins[name]
        return ended

    def read(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """Read bytes `start` up to `stop` of a file. Raises FileMissing."""
        return self._depot.read(name, start, stop)

    def local_copy(self, name: str) -> contextlib.AbstractAsyncContextManager[Path]:
        """Give a file as one of this machine until left. Raises FileMissing."""
        return self._depot.local_copy(name)

    async def remove(self, names: Iterable[str]) -> int:
        """Remove files that no row refers to, except pinned ones; return how many went. Held files stay all."""
        removed = 0
        for name in names:
            if self.is_held or self.is_pinned(name) or name in self._removing:
                continue
            done = self._removing[name] = asyncio.Event()
            try:
                await self._depot.remove(name)
                removed += 1
            finally:
                del self._removing[name]
                done.set()
        return removed

    async def names(self, prefix: str) -> set[str]:
        return await self._depot.names(prefix)

    async def close(self) -> None:
        await self._depot.close()
        self._threads.shutdown(wait=False)
