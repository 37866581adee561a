"""Backups: the database as it is at one moment, and all files that it names then."""

import asyncio
import contextlib
import functools
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec

import tuichat
from tuichat.errors import TuichatError
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import errors, fields
from tuichat.server.actions.context import Context
from tuichat.server.actions.upkeep_step import UpkeepStep
from tuichat.server.archive import ArchiveWriter, Manifest
from tuichat.server.files.depot import PREFIX_CHARACTERS
from tuichat.server.files.file_store import FileStore
from tuichat.server.store.snapshot import Progress

REPORT_INTERVAL_S = 0.5
MAX_PATH_CHARACTERS = 4096
MAX_MISSING = 1000  # files that a report names

Copy = Callable[[Path, Progress], Awaitable[None]]  # writes the database's copy


class BackupRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What to write, and to which new file: a whole backup, or the database alone."""

    target: str
    is_database_alone: bool = False


def require_target(target: str) -> Path:
    """Return where something goes. Raises ActionError 50035 for what is no absolute path."""
    fields.require_text("target", target)
    if not target.startswith("/") or "\0" in target or len(target) > MAX_PATH_CHARACTERS:
        raise errors.invalid_field("target", "BASE_TYPE_BAD_VALUE", "Must be an absolute path.")
    return Path(target)


async def back_up(ctx: Context, request: BackupRequest) -> AsyncGenerator[UpkeepStep, None]:
    """Do what an administrator asks; the caller has checked that it is one. What fails is told by the last step."""
    target = require_target(request.target)
    copy = ctx.store.copy_to
    try:
        steps = (
            take_snapshot(copy, ctx.files, target)
            if request.is_database_alone
            else take_backup(copy, ctx.files, target, ctx.now_ms())
        )
        async with contextlib.aclosing(steps):
            async for step in steps:
                yield step
    except TuichatError as error:
        yield UpkeepStep(fault=str(error))


async def take_backup(copy: Copy, files: FileStore, target: Path, now_ms: int) -> AsyncGenerator[UpkeepStep, None]:
    """Write a backup to the new file `target`, and tell how far it is. Raises ArchiveError, StoreError or FileStoreError.

    The database's copy lies beside the target meanwhile. No file is removed until all are in.
    """
    database = target.with_name(f"{target.name}.db")
    archive = ArchiveWriter(target)
    try:
        async with files.hold():
            async for step in _copying(copy, database):
                yield step
            schema, server_id, names = await asyncio.to_thread(_read, database)
            missing = await _missing(files, names)
            kept = sorted(names - missing)
            manifest = Manifest(
                version=tuichat.__version__,
                server_id=server_id,
                schema=schema,
                created_at=format_timestamp(now_ms),
                database_bytes=database.stat().st_size,
                files=len(kept),
                missing=sorted(missing)[:MAX_MISSING],
            )
            await asyncio.to_thread(archive.add_manifest, manifest)
            await asyncio.to_thread(archive.add_database, database)
            for index, name in enumerate(kept):
                async with files.local_copy(name) as path:
                    await asyncio.to_thread(archive.add_stored_file, name, path)
                if index % 100 == 99:
                    yield UpkeepStep(phase="files", done=index + 1, total=len(kept))
            yield UpkeepStep(phase="files", done=len(kept), total=len(kept))
        await asyncio.to_thread(archive.finish)
    except BaseException:
        archive.discard()
        raise
    finally:
        database.unlink(missing_ok=True)
    yield UpkeepStep(is_done=True, missing=manifest.missing)


async def take_snapshot(copy: Copy, files: FileStore, target: Path) -> AsyncGenerator[UpkeepStep, None]:
    """Write the database alone to the new file `target`, and tell which files that it names are missing."""
    async with files.hold():
        async for step in _copying(copy, target):
            yield step
        try:
            _, _, names = await asyncio.to_thread(_read, target)
            missing = await _missing(files, names)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
    yield UpkeepStep(is_done=True, missing=sorted(missing)[:MAX_MISSING])


async def _copying(copy: Copy, target: Path) -> AsyncIterator[UpkeepStep]:
    state = [0, 0]

    def note(done: int, total: int) -> None:
        state[:] = done, total

    task = asyncio.ensure_future(copy(target, note))
    try:
        while not task.done():
            await asyncio.wait([task], timeout=REPORT_INTERVAL_S)
            yield UpkeepStep(phase="database", done=state[0], total=state[1])
        task.result()
    finally:
        if not task.done():  # nobody asks any more: the thread ends by itself, and its copy goes
            await asyncio.wait([task])
            with contextlib.suppress(Exception):
                task.result()
                target.unlink(missing_ok=True)


def _read(database: Path) -> tuple[int, str, set[str]]:
    """The format of a database's copy, its server's id, and the files that it names."""
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as connection:
        execute = connection.execute
        (schema,) = execute("PRAGMA user_version").fetchone()
        (server_id,) = execute("SELECT value FROM settings WHERE key = 'server_id'").fetchone() or ("",)
        tables = {name for (name,) in execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        names: set[str] = set()
        for table in ("message_files", "images"):
            if table in tables:
                names.update(name for (name,) in execute(f"SELECT DISTINCT file FROM {table}"))  # noqa: S608
    return schema, server_id, names


async def _missing(files: FileStore, names: set[str]) -> set[str]:
    """Those of the names that the files do not have."""
    missing: set[str] = set()
    by_prefix: dict[str, set[str]] = {}
    for name in names:
        by_prefix.setdefault(name[:PREFIX_CHARACTERS], set()).add(name)
    for prefix, wanted in by_prefix.items():
        missing |= wanted - await files.names(prefix)
    return missing


def copy_in_thread(copy: Callable[[Path, Progress], None]) -> Copy:
    """A copy that is made by a thread."""
    return lambda target, progress: asyncio.to_thread(functools.partial(copy, target, progress))
