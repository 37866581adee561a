"""A file on its way in: written as its bytes come, counted and hashed, and never whole in memory."""

import asyncio
import contextlib
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from tuichat.server.files.depot import Blob
from tuichat.server.files.errors import FileStoreError, FileTooLarge

FLUSH_BYTES = 256 * 1024  # one trip to a thread for so many
HEAD_BYTES = 4096  # what is kept of its start, to tell its type by

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Draft:
    """Bytes of a file that is not complete. One task at a time writes; `discard` may come at any time between."""

    def __init__(self, path: Path, threads: Executor, max_bytes: int) -> None:
        """Open `path`, which may hold the bytes of an earlier run: `resume` counts them."""
        self.path = path
        self.size_bytes = 0
        self.head = b""
        self.max_bytes = max_bytes
        self._threads = threads
        self._sha256 = hashlib.sha256()
        self._pending = bytearray()
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FileStoreError(f"A file cannot be written to {path.parent}: {error.strerror}.") from error

    async def resume(self) -> None:
        """Take what is in the file already as the first bytes."""
        await self._run(self._read_again)

    async def write(self, chunk: bytes) -> None:
        """Append. Raises FileTooLarge beyond the limit, FileStoreError when the disk does not take it."""
        if self.size_bytes + len(chunk) > self.max_bytes:
            raise FileTooLarge(self.max_bytes)
        self.size_bytes += len(chunk)
        if len(self.head) < HEAD_BYTES:
            self.head += chunk[: HEAD_BYTES - len(self.head)]
        self._pending += chunk
        if len(self._pending) >= FLUSH_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Hand what was written to the system."""
        if self._pending:
            pending, self._pending = self._pending, bytearray()
            await self._run(self._append, pending)

    async def finish(self) -> Blob:
        """Bring all to the disk, close the file and return what it became."""
        await self.flush()
        await self._run(self._sync)
        self._close()
        return Blob(self._sha256.hexdigest(), self.size_bytes)

    def close(self) -> None:
        """Leave the file as it is, for a later run."""
        self._close()

    async def discard(self) -> None:
        """Remove the file, unless it was taken over."""
        self._close()
        await asyncio.get_running_loop().run_in_executor(self._threads, self._unlink)

    def _unlink(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    async def _run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        if self._descriptor < 0:
            raise FileStoreError("The file is closed.")
        work = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])  # the descriptor is closed next, so no thread may be at it
            raise

    def _append(self, data: bytearray) -> None:
        self._sha256.update(data)
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise FileStoreError(f"A file cannot be written to {self.path.parent}: {error.strerror}.") from error

    def _sync(self) -> None:
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise FileStoreError(f"A file cannot be written to {self.path.parent}: {error.strerror}.") from error

    def _read_again(self) -> None:
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        while chunk := os.read(self._descriptor, FLUSH_BYTES):
            if not self.size_bytes:
                self.head = chunk[:HEAD_BYTES]
            self._sha256.update(chunk)
            self.size_bytes += len(chunk)
