"""What every place for stored files does: a folder of this machine, or a bucket."""

import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

import msgspec

READ_BYTES = 256 * 1024  # taste: of one read; ten downloads at once hold some MB
NAME = re.compile(r"[0-9a-f]{64}")
PREFIX_CHARACTERS = 2  # a depot is gone through in 256 parts of some thousand files each


class Blob(msgspec.Struct, frozen=True):
    """A stored file: `name` is the SHA-256 of its content, in hex."""

    name: str
    size_bytes: int


class Depot(Protocol):
    """Files by name. A name is the hash of the content, so what is there never changes."""

    async def keep(self, draft: Path, blob: Blob) -> None:
        """Take over a finished draft, which is on the disk; it is gone after. The same name again changes nothing."""
        ...

    def read(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        """Read bytes from `start` up to `stop`, READ_BYTES at most at once. Raises FileMissing."""
        ...

    def local_copy(self, name: str) -> contextlib.AbstractAsyncContextManager[Path]:
        """Give the file as one of this machine, for reading, until left. Raises FileMissing."""
        ...

    async def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no fault."""
        ...

    async def names(self, prefix: str) -> set[str]:
        """The names of all files that begin with PREFIX_CHARACTERS of hex."""
        ...

    async def close(self) -> None: ...
