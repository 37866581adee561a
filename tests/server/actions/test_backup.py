"""Backups taken from a server that people write to as fast as they can."""

import asyncio
import contextlib
import hashlib
import sqlite3
from pathlib import Path

import pytest

from tests.server.actions.conftest import Town
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.server import archive, data_check
from tuichat.server.actions import backup, messages, stored_files
from tuichat.server.actions.backup import BackupRequest
from tuichat.server.actions.upkeep_step import UpkeepStep
from tuichat.server.files import file_store
from tuichat.server.store.message_rows import AttachmentRow, MessageRow
from tuichat.server.store.operations import DeleteMessages


async def take(town: Town, target: Path, *, is_database_alone: bool = False) -> list[UpkeepStep]:
    request = BackupRequest(target=str(target), is_database_alone=is_database_alone)
    return [step async for step in backup.back_up(town.ctx, request)]


def restored(target: Path, folder: Path) -> Path:
    folder.mkdir()
    archive.extract(target, folder, lambda done, total: None)
    return folder / DATABASE_NAME


def ids_of(database: Path) -> list[int]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return [message_id for (message_id,) in connection.execute("SELECT id FROM messages ORDER BY id")]


def faults_of(folder: Path) -> list[str]:
    return data_check.check_folder(folder, lambda what: None)


async def attach(town: Town, content: bytes) -> MessageRow:
    """Write a message with a file."""
    blob = await town.ctx.files.keep_bytes(content)
    row = MessageRow(
        id=town.ctx.next_id(),
        channel_id=town.general,
        author_id=town.ada.user_id,
        attachments=(
            AttachmentRow(id=town.ctx.next_id(), filename="a.bin", sha256=blob.name, size_bytes=blob.size_bytes),
        ),
    )
    return await town.ctx.store.add_message(row)


async def test_a_backup_has_all_that_was_acknowledged_before_it_began_once(town: Town, tmp_path: Path) -> None:
    acknowledged: list[int] = []
    goes_on = True

    async def write(number: int) -> None:
        while goes_on:
            request = CreateMessageRequest(content=f"writer {number}")
            acknowledged.append((await messages.create_message(town.ctx, town.ada, town.general, request)).id)

    writers = [asyncio.create_task(write(number)) for number in range(20)]
    try:
        for round_number in range(3):
            goal = len(acknowledged) + 200
            while len(acknowledged) < goal:  # noqa: ASYNC110  # the writers go on meanwhile
                await asyncio.sleep(0)
            before = set(acknowledged)
            target = tmp_path / f"{round_number}.tar"
            steps = await take(town, target)
            assert steps[-1] == UpkeepStep(is_done=True)
            assert len(acknowledged) > len(before), "nobody wrote while the backup was taken"
            database = restored(target, tmp_path / f"restored-{round_number}")
            found = ids_of(database)
            assert len(found) == len(set(found))
            assert before <= set(found)
            assert faults_of(database.parent) == []
    finally:
        goes_on = False
        await asyncio.gather(*writers)


async def test_a_file_that_goes_meanwhile_is_in_the_backup(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_store, "PIN_S", -1.0)
    rows = [await attach(town, f"file {number}".encode()) for number in range(5)]
    (name,) = (attachment.sha256 for attachment in rows[0].attachments)
    target = tmp_path / "a.tar"
    steps = backup.back_up(town.ctx, BackupRequest(target=str(target)))
    await anext(steps)  # the database is being copied
    await town.ctx.store.write([DeleteMessages(town.general, tuple(int(row.id) for row in rows))])
    assert await stored_files.collect(town.ctx) == 0
    last = [step async for step in steps][-1]
    assert last == UpkeepStep(is_done=True)
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600
    database = restored(target, tmp_path / "restored")
    if ids_of(database):  # the copy was made before the deletion, as good as always
        assert archive.stored_path(database.parent, name).read_bytes() == b"file 0"
    assert faults_of(database.parent) == []
    assert await stored_files.collect(town.ctx) == 5  # what was held goes after
    assert sorted(path.name for path in tmp_path.iterdir() if "tar" in path.name) == ["a.tar"]


async def test_a_file_that_nobody_has_is_told_and_the_rest_is_kept(town: Town, tmp_path: Path) -> None:
    lost, kept = await attach(town, b"lost"), await attach(town, b"kept")
    await town.ctx.files.remove([])
    archive.stored_path(tmp_path, lost.attachments[0].sha256).unlink()
    steps = await take(town, tmp_path / "a.tar")
    assert steps[-1].missing == [lost.attachments[0].sha256]
    database = restored(tmp_path / "a.tar", tmp_path / "restored")
    assert archive.stored_path(database.parent, kept.attachments[0].sha256).read_bytes() == b"kept"
    (fault,) = faults_of(database.parent)
    assert "1 files" in fault
    assert lost.attachments[0].sha256 in fault
    alone = await take(town, tmp_path / "alone.db", is_database_alone=True)
    assert alone[-1].missing == [lost.attachments[0].sha256]
    assert ids_of(tmp_path / "alone.db") == ids_of(database)


async def test_a_backup_never_writes_over_a_file(town: Town, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"mine")
    for is_alone in (False, True):
        steps = await take(town, tmp_path / "a.tar", is_database_alone=is_alone)
        assert steps[-1].fault is not None
        assert "a.tar" in steps[-1].fault
    assert (tmp_path / "a.tar").read_bytes() == b"mine"
    steps = await take(town, tmp_path / "nowhere" / "a.tar")
    assert steps[-1].fault is not None


async def test_nobody_asks_any_more_and_nothing_is_left(town: Town, tmp_path: Path) -> None:
    await attach(town, b"x")
    steps = backup.back_up(town.ctx, BackupRequest(target=str(tmp_path / "a.tar")))
    await anext(steps)
    await steps.aclose()
    assert [path.name for path in tmp_path.iterdir() if "tar" in path.name] == []
    assert not town.ctx.files.is_held


async def test_the_hash_of_a_stored_file_is_looked_at(town: Town, tmp_path: Path) -> None:
    row = await attach(town, b"what it was")
    name = row.attachments[0].sha256
    assert name == hashlib.sha256(b"what it was").hexdigest()
    await take(town, tmp_path / "a.tar")
    database = restored(tmp_path / "a.tar", tmp_path / "restored")
    archive.stored_path(database.parent, name).write_bytes(b"What it was")
    (fault,) = faults_of(database.parent)
    assert "not what they were" in fault
