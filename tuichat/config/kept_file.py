"""A small private file of JSON that several clients of one profile share."""

import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from tuichat.config.private_files import locked, write_private

logger = logging.getLogger(__name__)
T = TypeVar("T")

MAX_FILE_BYTES = 8 * 1024 * 1024


def _plain(value: object) -> int:
    """Write ids, which are ints of a kind of their own, as ints."""
    if isinstance(value, int):
        return int(value)
    raise NotImplementedError(f"{type(value).__name__} is not kept on disk")


class KeptFile(Generic[T]):
    """What is written is whole or not there; who changes it holds the lock from reading to writing. Calls wait for the disk."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self.path = path
        self._kind = kind

    def read(self) -> T | None:
        """Return what is kept. A file that is missing is None, and so is one that cannot be read: that is logged."""
        try:
            size = self.path.stat().st_size
            if size > MAX_FILE_BYTES:
                raise ValueError(f"{size} bytes, the limit is {MAX_FILE_BYTES}")
            return msgspec.json.decode(self.path.read_bytes(), type=self._kind)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
            logger.warning("%s is left out: %s", self.path, error)
            return None

    def write(self, value: T) -> None:
        """Replace what is kept. Raises PrivateFileError; call it within `locked`."""
        write_private(self.path, msgspec.json.encode(value, enc_hook=_plain))

    def locked(self) -> AbstractContextManager[None]:
        """Keep other clients of this profile from changing the file. Raises PrivateFileError, OSError."""
        return locked(self.path.with_suffix(".lock"))
