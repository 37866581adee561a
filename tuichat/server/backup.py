"""`tuichat admin backup` and `tuichat admin check`: with a running server, and without one."""

import argparse
import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tuichat.config.private_files import make_private_dir
from tuichat.local import background
from tuichat.local.data_folder import DATABASE_NAME, FILES_NAME, require_data
from tuichat.local.data_lock import DataLock
from tuichat.server import archive, data_check
from tuichat.server.actions.backup import BackupRequest, take_backup, take_snapshot
from tuichat.server.files.file_store import FileStore
from tuichat.server.offline import offline_copy
from tuichat.server.upkeep import UpkeepFailed, ask_server, follow, reporting, say, say_looking

FOLDER = "backups"
UNCHECKED = ".unchecked"
RESTORING, CHECKING, TRYING = (
    ".restore-",
    ".check-",
    ".tuichat-try-",
)  # what the names of folders for a while begin with
_LEFT_AFTER_S = 86_400  # none of them is worked on for so long


def back_up(args: argparse.Namespace) -> int:
    """Write a backup, check it by restoring it beside itself, and print its name."""
    require_data(args.data)
    target = args.file or _new_name(args.data)
    if target.exists():
        raise UpkeepFailed(f"{target} is there already; give another name.")
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        missing = asyncio.run(_write(args.data, partial, is_database_alone=False))
        for fault in missing_fault(missing):
            say(fault)
        found = _try_out(partial)
        if found:
            kept = target.with_name(target.name + UNCHECKED)
            os.replace(partial, kept)
            raise UpkeepFailed("\n".join([*found, f"The backup does not hold together; it is kept as {kept}."]))
        os.replace(partial, target)
        sync_folder(target.parent)
    finally:
        partial.unlink(missing_ok=True)
    sys.stdout.write(f"{target}\n")
    return 1 if missing else 0


def check(args: argparse.Namespace) -> int:
    """Check the data. A running server goes on: a copy of its database is what is checked."""
    require_data(args.data)
    folder = Path(tempfile.mkdtemp(prefix=CHECKING, dir=make_backup_folder(args.data)))
    try:
        database = folder / DATABASE_NAME
        missing = asyncio.run(_write(args.data, database, is_database_alone=True))
        found = data_check.check_database(database, say_looking) or [
            *missing_fault(missing),
            *data_check.check_files(database, args.data, say_looking, may_none_be_missing=False),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for fault in found:
        sys.stdout.write(f"{fault}\n")
    if not found:
        sys.stdout.write("The data holds together.\n")
    return 1 if found else 0


def make_backup_folder(data: Path, *, is_locked: bool = False) -> Path:
    """Return the folder of the data's backups, without what those left behind who were killed at work.

    Who holds the data's lock knows that nobody else is restoring.
    """
    folder = make_private_dir(data / FOLDER)
    now_s = time.time()
    for path in folder.iterdir():
        is_left = path.name.startswith(RESTORING) and is_locked
        if is_left or (path.name.startswith((RESTORING, CHECKING, ".tuichat-")) and _is_old(path, now_s)):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    return folder


def _is_old(path: Path, now_s: float) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return now_s - path.lstat().st_mtime > _LEFT_AFTER_S
    return False


def _new_name(data: Path) -> Path:
    return make_backup_folder(data) / time.strftime("tuichat-%Y%m%dT%H%M%SZ.tar", time.gmtime())


def missing_fault(missing: list[str]) -> list[str]:
    if not missing:
        return []
    shown = ", ".join(missing[: data_check.MAX_SHOWN]) + (", ..." if len(missing) > data_check.MAX_SHOWN else "")
    return [f"{len(missing)} files that messages or pictures refer to are missing: {shown}"]


def _try_out(path: Path) -> list[str]:
    """Restore a backup into a folder that is gone after, and return what is wrong with it."""
    folder = Path(tempfile.mkdtemp(prefix=TRYING, dir=path.parent))
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
    address = await background.find_server(data)
    if address is not None:
        request = BackupRequest(target=str(target.absolute()), is_database_alone=is_database_alone)
        return await follow(ask_server(address.socket_path, "backup", request))
    with DataLock.acquire(data):
        files = FileStore.open(data / FILES_NAME)
        try:
            copy = offline_copy(data)
            now_ms = time.time_ns() // 1_000_000
            return await follow(
                take_snapshot(copy, files, target) if is_database_alone else take_backup(copy, files, target, now_ms)
            )
        finally:
            await files.close()


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):  # some network file systems refuse to sync a folder
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
