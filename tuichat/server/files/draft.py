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
    """Bytes of a file that is not complete. One task at a time writes; the file is open only while bytes come."""

    def __init__(self, path: Path, threads: Executor, max_bytes: int) -> None:
        """Begin at `path`, which may hold the bytes of an earlier run: `resume` counts them."""
        self.path = path
        self.size_bytes = 0
        self.head = b""
        self.max_bytes = max_bytes
        self._threads = threads
        self._sha256 = hashlib.sha256()
        self._pending = bytearray()
        self._descriptor = -1
        self._is_closed = False
        self._is_behind = False  # bytes are in the file that were not read yet

    def resume(self) -> None:
        """Take what is in the file already as the first bytes; they are read when more come, or at the end."""
        with contextlib.suppress(FileNotFoundError):
            self.size_bytes = self.path.stat().st_size
            self._is_behind = True

    async def write(self, chunk: bytes) -> None:
        """Append. Raises FileTooLarge beyond the limit, FileStoreError when the disk does not take it."""
        if self.size_bytes + len(chunk) > self.max_bytes:
            raise FileTooLarge(self.max_bytes)
        await self._catch_up()
        self.size_bytes += len(chunk)
        if len(self.head) < HEAD_BYTES:
            self.head += chunk[: HEAD_BYTES - len(self.head)]
        self._pending += chunk
        if len(self._pending) >= FLUSH_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Hand what was written to the system."""
        await self._catch_up()
        pending, self._pending = self._pending, bytearray()
        await self._run(self._append, pending)

    async def suspend(self) -> None:
        """Flush and close the file until more comes, in this run or another."""
        await self.flush()
        self._close()

    async def finish(self) -> Blob:
        """Bring all to the disk, close the file and return what it became."""
        await self.flush()
        await self._run(os.fsync, self._descriptor)
        self._close()
        self._is_closed = True
        return Blob(self._sha256.hexdigest(), self.size_bytes)

    async def discard(self) -> None:
        """Remove the file, unless it was taken over."""
        self._close()
        self._is_closed = True
        await asyncio.get_running_loop().run_in_executor(self._threads, self._unlink)

    async def _catch_up(self) -> None:
        if self._is_behind:
            await self._run(self._read_again)
            self._is_behind = False

    def _unlink(self) -> None:
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    async def _run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        if self._is_closed:
            raise FileStoreError("The file is closed.")
        work = asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])  # the descriptor is closed next, so no thread may be at it
            raise
        except OSError as error:
            raise FileStoreError(f"A file cannot be written to {self.path.parent}: {error.strerror}.") from error

    def _open(self) -> int:
        if self._descriptor < 0:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptor = os.open(self.path, flags, 0o600)
        return self._descriptor

    def _append(self, data: bytearray) -> None:
        descriptor = self._open()
        self._sha256.update(data)
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]

    def _read_again(self) -> None:
        descriptor = self._open()
        start = 0
        self._sha256 = hashlib.sha256()
        while chunk := os.pread(descriptor, FLUSH_BYTES, start):
            if not start:
                self.head = chunk[:HEAD_BYTES]
            self._sha256.update(chunk)
            start += len(chunk)
