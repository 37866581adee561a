"""The file store: content kept once, private, bounded, and removed only when nobody may still refer to it."""

import asyncio
import contextlib
import hashlib
import shutil
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tuichat.server.files.draft import FLUSH_BYTES
from tuichat.server.files.errors import FileMissing, FileStoreError, FileTooLarge
from tuichat.server.files.file_store import MIN_FREE_BYTES, PIN_S, FileStore


class Clock:
    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def files(tmp_path: Path, clock: Clock) -> AsyncIterator[FileStore]:
    store = FileStore.open(tmp_path / "files", now_s=clock)
    yield store
    await store.close()


async def content_of(files: FileStore, name: str, start: int, stop: int) -> bytes:
    return b"".join([chunk async for chunk in files.read(name, start, stop)])


def stored(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


async def test_a_file_is_named_by_its_content_and_comes_back_in_parts(files: FileStore) -> None:
    content = bytes(range(256)) * 4096  # several reads
    draft = files.draft(len(content))
    for start in range(0, len(content), 10_000):
        await draft.write(content[start : start + 10_000])
    blob = await files.keep(draft)
    assert blob.name == hashlib.sha256(content).hexdigest()
    assert blob.size_bytes == len(content)
    assert draft.head == content[:4096]
    assert await content_of(files, blob.name, 0, len(content)) == content
    assert await content_of(files, blob.name, 500_000, 500_003) == content[500_000:500_003]


async def test_the_same_content_is_stored_once_and_for_its_owner_only(files: FileStore, tmp_path: Path) -> None:
    first, second = await files.keep_bytes(b"same"), await files.keep_bytes(b"same")
    assert first == second
    (path,) = stored(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for folder in path.parents[:3]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_file_over_its_limit_is_refused_and_leaves_nothing(files: FileStore, tmp_path: Path) -> None:
    draft = files.draft(FLUSH_BYTES + 10)
    await draft.write(b"x" * (FLUSH_BYTES + 10))
    with pytest.raises(FileTooLarge, match=str(FLUSH_BYTES + 10)):
        await draft.write(b"y")
    await draft.discard()
    assert stored(tmp_path) == []
    with pytest.raises(FileStoreError):
        await draft.finish()


async def test_a_draft_of_an_earlier_run_goes_on_where_it_ended(files: FileStore) -> None:
    first = files.draft(100, "named")
    await first.write(b"hello ")
    await first.suspend()
    second = files.draft(100, "named")
    second.resume()
    assert second.size_bytes == 6
    await second.write(b"world")
    blob = await files.keep(second)
    assert blob.name == hashlib.sha256(b"hello world").hexdigest()
    assert second.head == b"hello world"


async def test_a_missing_file_is_told(files: FileStore) -> None:
    with pytest.raises(FileMissing):
        await content_of(files, "0" * 64, 0, 1)
    with pytest.raises(FileMissing):
        async with files.local_copy("0" * 64):
            pass


async def test_a_kept_file_is_pinned_for_a_while_then_it_can_go(files: FileStore, clock: Clock, tmp_path: Path) -> None:
    blob = await files.keep_bytes(b"content")
    assert await files.remove([blob.name]) == 0
    assert files.take_ended_pins(10) == []
    clock.s += PIN_S + 1
    assert files.take_ended_pins(10) == [blob.name]
    assert await files.names(blob.name[:2]) == {blob.name}
    assert await files.remove([blob.name]) == 1
    assert stored(tmp_path) == []
    assert await files.remove([blob.name]) == 1  # gone already is no fault


async def test_content_that_comes_again_while_it_is_removed_is_there_after(files: FileStore, clock: Clock) -> None:
    blob = await files.keep_bytes(b"content")
    clock.s += PIN_S + 1
    removed, again = await asyncio.gather(files.remove([blob.name]), files.keep_bytes(b"content"))
    assert removed == 1
    assert await content_of(files, again.name, 0, 7) == b"content"


async def test_a_reader_that_leaves_halfway_leaves_no_open_file(files: FileStore) -> None:
    blob = await files.keep_bytes(b"x" * 1_000_000)
    before = len(list(Path("/proc/self/fd").iterdir()))
    async with contextlib.aclosing(files.read(blob.name, 0, blob.size_bytes)) as reading:  # type: ignore[type-var]  # a generator
        async for _ in reading:
            break
    assert len(list(Path("/proc/self/fd").iterdir())) == before


async def test_a_full_disk_is_left_to_the_database(files: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    free = MIN_FREE_BYTES + 100
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10**12, 10**12 - free, free))
    await files.draft(100).discard()
    with pytest.raises(FileStoreError, match=f"{free} are free"):
        files.draft(101)
