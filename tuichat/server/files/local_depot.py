"""Stored files in a folder of this machine, for their owner only."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from tuichat.config.private_files import make_private_dir
from tuichat.server.files.depot import NAME, PREFIX_CHARACTERS, READ_BYTES, Blob
from tuichat.server.files.errors import FileMissing, FileStoreError

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class LocalDepot:
    """A folder with one folder for each prefix; drafts must lie on the same file system."""

    def __init__(self, folder: Path, threads: Executor) -> None:
        self._folder = make_private_dir(folder)
        self._threads = threads

    async def keep(self, draft: Path, blob: Blob) -> None:
        await self._run(self._keep, draft, blob)

    async def read(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        descriptor = await self._run(self._open, name)
        try:
            while start < stop:
                chunk = await self._run(os.pread, descriptor, min(READ_BYTES, stop - start), start)
                if not chunk:
                    raise FileMissing(f"The file {name} ends at byte {start}, before {stop}.")
                start += len(chunk)
                yield chunk
        finally:
            os.close(descriptor)

    @contextlib.asynccontextmanager
    async def local_copy(self, name: str) -> AsyncIterator[Path]:
        path = self._path(name)
        if not path.exists():
            raise FileMissing(f"The file {name} is not there.")
        yield path

    async def remove(self, name: str) -> None:
        await self._run(self._remove, name)

    async def names(self, prefix: str) -> set[str]:
        return await self._run(self._names, prefix)

    async def close(self) -> None:
        return

    def _path(self, name: str) -> Path:
        assert NAME.fullmatch(name)
        return self._folder / name[:PREFIX_CHARACTERS] / name

    async def _run(self, function: Callable[[*Ts], T], *arguments: *Ts) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def _keep(self, draft: Path, blob: Blob) -> None:
        path = self._path(blob.name)
        try:
            if path.exists() and path.stat().st_size == blob.size_bytes:
                draft.unlink()
                return
            make_private_dir(path.parent)
            os.replace(draft, path)
            for folder in (path.parent, self._folder):
                descriptor = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        except OSError as error:
            raise FileStoreError(f"A file could not be stored in {self._folder}: {error.strerror}.") from error

    def _open(self, name: str) -> int:
        try:
            return os.open(self._path(name), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise FileMissing(f"The file {name} cannot be read: {error.strerror}.") from error

    def _remove(self, name: str) -> None:
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError as error:
            raise FileStoreError(f"The file {name} could not be removed: {error.strerror}.") from error

    def _names(self, prefix: str) -> set[str]:
        try:
            return {name for name in os.listdir(self._folder / prefix) if NAME.fullmatch(name)}
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise FileStoreError(f"The folder {self._folder / prefix} cannot be read: {error.strerror}.") from error
