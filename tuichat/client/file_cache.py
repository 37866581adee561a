"""Files that were loaded to be shown: a private folder of bounded size, in which the least used goes first."""

import contextlib
import hashlib
import os
from pathlib import Path

from tuichat.config.private_files import make_private_dir

MAX_BYTES = 256 * 1024 * 1024  # taste: some weeks of pictures


class FileCache:
    """Files by name; a name may be anything. Raises PrivateFileError where the folder cannot be made."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes

    def find(self, name: str) -> Path | None:
        """Return a file that is here whole, and note that it is used."""
        path = self._path(name)
        try:
            os.utime(path)
        except OSError:
            return None
        return path

    def part(self, name: str) -> Path:
        """Return where a file is written before it is whole."""
        make_private_dir(self._folder)
        return self._path(name).with_suffix(".part")

    def keep(self, name: str) -> Path:
        """Take the part as the whole file, and make room for it."""
        path = self._path(name)
        os.replace(self.part(name), path)
        self._trim(path)
        return path

    def _trim(self, newest: Path) -> None:
        found = []
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_size, path))
        size = sum(each for _, each, _ in found)
        for _, each, path in sorted(found):
            if size <= self._max_bytes:
                return
            if path != newest:
                with contextlib.suppress(OSError):
                    path.unlink()
                size -= each

    def _path(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
