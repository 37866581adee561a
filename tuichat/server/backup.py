"""`tuichat admin backup` and `tuichat admin check`: with a running server, and without one."""

import argparse
import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import aiohttp
import msgspec

from tuichat.config.private_files import make_private_dir
from tuichat.errors import TuichatError
from tuichat.local import background
from tuichat.local.data_folder import DATABASE_NAME, FILES_NAME, require_data
from tuichat.local.data_lock import DataLock
from tuichat.local.http_connector import PeerCheckedConnector
from tuichat.protocol import codec
from tuichat.protocol.json import printable
from tuichat.server import archive, data_check
from tuichat.server.actions.backup import BackupRequest, BackupStep, copy_in_thread, take_backup, take_snapshot
from tuichat.server.files.file_store import FileStore
from tuichat.server.store.snapshot import copy_database

ROUTE = "http://localhost/api/v10/tuichat/local/backup"
FOLDER = "backups"
UNCHECKED = ".unchecked"
REPORT_INTERVAL_S = 1.0
SILENCE_LIMIT_S = 120.0  # between two lines of the server; one file may be large
MAX_LINE_BYTES = 1 << 20


class BackupFailed(TuichatError):
    """There is no backup, or no good one; the text says why."""


def back_up(args: argparse.Namespace) -> int:
    """Write a backup, check it by restoring it beside itself, and print its name."""
    require_data(args.data)
    target = args.file or _new_name(args.data)
    if target.exists():
        raise BackupFailed(f"{target} is there already; give another name.")
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        missing = asyncio.run(_write(args.data, partial, is_database_alone=False))
        for fault in _missing_fault(missing):
            say(fault)
        found = _try_out(partial)
        if found:
            kept = target.with_name(target.name + UNCHECKED)
            os.replace(partial, kept)
            raise BackupFailed("\n".join([*found, f"The backup does not hold together; it is kept as {kept}."]))
        os.replace(partial, target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    sys.stdout.write(f"{target}\n")
    return 1 if missing else 0


def check(args: argparse.Namespace) -> int:
    """Check the data. A running server goes on: a copy of its database is what is checked."""
    require_data(args.data)
    folder = Path(tempfile.mkdtemp(prefix=".check-", dir=make_private_dir(args.data / FOLDER)))
    try:
        database = folder / DATABASE_NAME
        missing = asyncio.run(_write(args.data, database, is_database_alone=True))
        found = data_check.check_database(database, say_looking) or [
            *_missing_fault(missing),
            *data_check.check_files(database, args.data, say_looking, may_none_be_missing=False),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    if not found:
        sys.stdout.write("The data holds together.\n")
    return 1 if found else 0


def _new_name(data: Path) -> Path:
    return make_private_dir(data / FOLDER) / time.strftime("tuichat-%Y%m%dT%H%M%SZ.tar", time.gmtime())


def _missing_fault(missing: list[str]) -> list[str]:
    if not missing:
        return []
    shown = ", ".join(missing[: data_check.MAX_SHOWN]) + (", ..." if len(missing) > data_check.MAX_SHOWN else "")
    return [f"{len(missing)} files that messages or pictures refer to are missing: {shown}"]


def _try_out(path: Path) -> list[str]:
    """Restore a backup into a folder that is gone after, and return what is wrong with it."""
    folder = Path(tempfile.mkdtemp(prefix=".tuichat-try-", dir=path.parent))
    try:
        manifest = archive.extract(path, folder, reporting("restoring files, to try"))
        lost = set(manifest.missing)
        return data_check.check_database(folder / DATABASE_NAME, say_looking) or data_check.check_files(
            folder / DATABASE_NAME, folder, say_looking, but=lost
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _write(data: Path, target: Path, *, is_database_alone: bool) -> list[str]:
    """Have the server write, or write without one; return the files that are missing."""
    report = reporting()
    async with contextlib.AsyncExitStack() as stack:
        address = await background.find_server(data)
        if address is not None:
            request = BackupRequest(target=str(target.absolute()), is_database_alone=is_database_alone)
            steps = _ask(address.socket_path, request)
        else:
            stack.enter_context(DataLock.acquire(data))
            files = FileStore.open(data / FILES_NAME)
            stack.push_async_callback(files.close)
            copy = copy_in_thread(lambda to, progress: copy_database(data / DATABASE_NAME, to, progress))
            now_ms = time.time_ns() // 1_000_000
            steps = (
                take_snapshot(copy, files, target) if is_database_alone else take_backup(copy, files, target, now_ms)
            )
        async with contextlib.aclosing(steps):
            async for step in steps:
                if step.fault is not None:
                    raise BackupFailed(step.fault)
                if step.is_done:
                    return step.missing
                report(step.done, step.total, step.phase)
    raise BackupFailed("The server ended before the backup was whole.")


async def _ask(socket_path: Path, request: BackupRequest) -> AsyncGenerator[BackupStep, None]:
    timeout = aiohttp.ClientTimeout(sock_read=SILENCE_LIMIT_S)
    try:
        async with (
            aiohttp.ClientSession(
                connector=PeerCheckedConnector(socket_path), timeout=timeout, read_bufsize=MAX_LINE_BYTES
            ) as session,
            session.post(ROUTE, data=codec.encode(request), headers={"Content-Type": "application/json"}) as response,
        ):
            if response.status != 200:
                raise BackupFailed(f"The running server answered with status {response.status}.")
            async for line in response.content:
                yield codec.decode(line, BackupStep)
    except (aiohttp.ClientError, TimeoutError, ValueError, msgspec.DecodeError) as error:
        raise BackupFailed(f"The running server at {socket_path} broke off: {printable(str(error))}.") from None


def reporting(phase: str = "") -> Callable[..., None]:
    """Something that tells how far it is, at most once a second."""
    next_s = time.monotonic() + REPORT_INTERVAL_S

    def report(done: int, total: int, name: str = phase) -> None:
        nonlocal next_s
        now_s = time.monotonic()
        if total and now_s >= next_s:
            next_s = now_s + REPORT_INTERVAL_S
            say(f"{name}: {100 * done // total} %")

    return report


def say_looking(what: str) -> None:
    say(f"checking {what}")


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
    sys.stderr.flush()


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems refuse to sync a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
