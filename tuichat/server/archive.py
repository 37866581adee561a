"""The one file of a backup: a tar with what it holds said first, then the database, then the stored files."""

import contextlib
import hashlib
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from tuichat.errors import TuichatError
from tuichat.local.data_folder import DATABASE_NAME, FILES_NAME
from tuichat.server.files.depot import NAME, PREFIX_CHARACTERS
from tuichat.server.files.file_store import OBJECTS

FORMAT = 1
MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 65_536
MODE = 0o600
COPY_BYTES = 1 << 20

Progress = Callable[[int, int], None]  # files done, files in all


class ArchiveError(TuichatError):
    """A file is no backup, or no whole one, or cannot be written; the text says why."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup holds. `schema` is the database's format; `missing` are files that had gone before it was taken."""

    format: int = FORMAT
    version: str  # of the tuichat that took it
    server_id: str
    schema: int
    created_at: str
    database_bytes: int
    files: int
    missing: list[str] = []


class ArchiveWriter:
    """Writes a backup to a new file that only its owner can read. Everything raises ArchiveError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE), "wb")
        except FileExistsError:
            raise ArchiveError(f"{path} is there already.") from None
        except OSError as error:
            raise ArchiveError(f"{path} cannot be written: {error.strerror}.") from error
        self._tar = tarfile.TarFile(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)

    def add_manifest(self, manifest: Manifest) -> None:
        content = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
        self._add(MANIFEST, io.BytesIO(content), len(content))

    def add_database(self, path: Path) -> None:
        self._add_file(DATABASE_NAME, path)

    def add_stored_file(self, name: str, path: Path) -> None:
        self._add_file(f"{FILES_NAME}/{name}", path)

    def finish(self) -> None:
        """Have everything on the disk."""
        try:
            self._tar.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        except OSError as error:
            raise self._error(error) from error

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)

    def _add_file(self, name: str, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._add(name, file, os.fstat(file.fileno()).st_size)
        except OSError as error:
            raise self._error(error) from error

    def _add(self, name: str, content: IO[bytes], size: int) -> None:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = size, MODE
        try:
            self._tar.addfile(entry, content)
        except OSError as error:
            raise self._error(error) from error

    def _error(self, error: OSError) -> ArchiveError:
        return ArchiveError(f"{self.path} cannot be written: {error.strerror or error}.")


def read_manifest(path: Path) -> Manifest:
    """Say what a backup holds. Raises ArchiveError."""
    with _open(path) as tar:
        return _first(tar, path)


def extract(path: Path, folder: Path, progress: Progress) -> Manifest:
    """Write what a backup holds into an empty folder, as a server's data folder has it, and have it on the disk.

    Nothing of the tar but the names that we give is taken, and every stored file must have the hash that names it. Raises
    ArchiveError; then the folder may hold a part.
    """
    with _open(path) as tar:
        manifest = _first(tar, path)
        has_database = False
        done = 0
        while (entry := tar.next()) is not None:
            tar.members.clear()  # type: ignore[attr-defined]  # documented by nobody; else it keeps every entry
            name = entry.name
            if not entry.isreg():
                raise ArchiveError(f"{path} is no backup of tuichat: {name!r} in it is no file.")
            content = tar.extractfile(entry)
            assert content is not None
            if name == DATABASE_NAME and not has_database:
                _write(content, folder / DATABASE_NAME)
                has_database = True
            elif name.startswith(f"{FILES_NAME}/") and NAME.fullmatch(hashed := name.removeprefix(f"{FILES_NAME}/")):
                target = stored_path(folder, hashed)
                if _write(content, target) != hashed:
                    raise ArchiveError(f"{path} is damaged: the file {hashed} in it is not what it was.")
                done += 1
                progress(done, manifest.files)
            else:
                raise ArchiveError(f"{path} is no backup of tuichat: there is {name!r} in it.")
        if not has_database or done != manifest.files:
            raise ArchiveError(f"{path} is not whole: it has {done} of {manifest.files} files.")
    return manifest


def stored_path(folder: Path, name: str) -> Path:
    """Where a data folder keeps the file of this name."""
    return folder / FILES_NAME / OBJECTS / name[:PREFIX_CHARACTERS] / name


@contextlib.contextmanager
def _open(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except FileNotFoundError:
        raise ArchiveError(f"There is no file {path}.") from None
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:
        raise ArchiveError(f"{path} cannot be read as a backup: {error}.") from error


def _first(tar: tarfile.TarFile, path: Path) -> Manifest:
    entry = tar.next()
    if entry is None or entry.name != MANIFEST or not entry.isreg() or entry.size > MAX_MANIFEST_BYTES:
        raise ArchiveError(f"{path} is no backup of tuichat: it does not begin with {MANIFEST}.")
    content = tar.extractfile(entry)
    assert content is not None
    try:
        manifest = msgspec.json.decode(content.read(), type=Manifest)
    except msgspec.DecodeError as error:
        raise ArchiveError(f"{path} is no backup of tuichat: {error}.") from None
    if manifest.format > FORMAT:
        raise ArchiveError(
            f"{path} was written by a newer tuichat ({manifest.version}; its format is {manifest.format}, this one knows "
            f"{FORMAT}). Update tuichat."
        )
    return manifest


def _write(content: IO[bytes], target: Path) -> str:
    """Write a new file, in a new folder if need be, and return the SHA-256 of what it holds. Raises ArchiveError."""
    digest = hashlib.sha256()
    with _writing(target):
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, MODE)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        while chunk := content.read(COPY_BYTES):
            digest.update(chunk)
            with _writing(target):
                _write_all(file, chunk)
        with _writing(target):
            os.fsync(file.fileno())
    return digest.hexdigest()


def _write_all(file: io.FileIO, chunk: bytes) -> None:
    left = memoryview(chunk)
    while left:
        left = left[file.write(left) or 0 :]


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Say of what goes wrong within that it was writing: the disk is full, and the backup may be a good one."""
    try:
        yield
    except OSError as error:
        raise ArchiveError(f"{target} cannot be written: {error.strerror or error}.") from error
