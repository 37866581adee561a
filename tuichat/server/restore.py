"""`tuichat admin restore`: a backup becomes a server's data."""

import argparse
import contextlib
import os
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from tuichat.errors import TuichatError
from tuichat.local.data_folder import DATABASE_NAME, FILES_NAME, data_option, has_data, open_data_folder
from tuichat.local.data_lock import DataLock
from tuichat.local.database_place import DatabasePlace
from tuichat.server import archive, data_check
from tuichat.server.backup import FOLDER, RESTORING, make_backup_folder, sync_folder
from tuichat.server.store.migration import migrations
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.upkeep import reporting, say, say_looking

_OF_DATABASE = (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm")


class RestoreFailed(TuichatError):
    """The data was left as it was; the text says why."""


def restore(args: argparse.Namespace) -> int:
    """Unpack and check a backup beside the data, then put it in the data's place; what was there is kept."""
    data: Path = args.data
    manifest = archive.read_manifest(args.file)
    newest = migrations()[-1].version
    if manifest.schema > newest:
        raise RestoreFailed(
            f"{args.file} was taken by a newer tuichat ({manifest.version}; the format of its database is "
            f"{manifest.schema}, this one knows {newest}). Update tuichat."
        )
    place = DatabasePlace.read(data)
    if place is not None:
        shown = DatabaseAddress(place.url)
        raise RestoreFailed(
            f"The data of {data} is in {shown}, which is not replaced. Restore into another folder with --data; "
            "`tuichat admin migrate --to URL` carries it from there into an empty database."
        )
    if has_data(data) and not args.force:
        raise RestoreFailed(
            f"There is data in {data}. Restore into another folder with --data, or give --force to replace it; it is then "
            f"moved to {data / FOLDER}."
        )
    open_data_folder(data)
    with DataLock.acquire(data):
        folder = Path(tempfile.mkdtemp(prefix=RESTORING, dir=make_backup_folder(data, is_locked=True)))
        try:
            manifest = archive.extract(args.file, folder, reporting("restoring files"))
            found = data_check.check_database(folder / DATABASE_NAME, say_looking)
            if found:
                raise RestoreFailed("\n".join([*found, f"{args.file} is damaged; {data} was left as it was."]))
            kept = _set_aside(data)
            _put(folder, data)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    if kept is not None:
        say(f"The data that was there is now in {kept}.")
    if manifest.missing:
        say(f"{len(manifest.missing)} files were missing already when the backup was taken.")
    sys.stdout.write(
        f"Restored what was there on {manifest.created_at}: {manifest.files} files. "
        f"`tuichat serve{data_option(data)}` serves it.\n"
    )
    return 0


def _set_aside(data: Path) -> Path | None:
    """Move the data that is there to a new folder of the backups; the database goes last, and with it the data."""
    if not has_data(data):
        return None
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(data / DATABASE_NAME)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # the log goes into the database, so one file is all
    stamp = time.strftime("replaced-%Y%m%dT%H%M%SZ-", time.gmtime())
    kept = Path(tempfile.mkdtemp(prefix=stamp, dir=data / FOLDER))
    for name in (FILES_NAME, *reversed(_OF_DATABASE)):
        with contextlib.suppress(FileNotFoundError):
            os.rename(data / name, kept / name)
    return kept


def _put(folder: Path, data: Path) -> None:
    """Move what was unpacked into place; the database goes last, for with it the data is there."""
    if (folder / FILES_NAME).exists():
        if (data / FILES_NAME).exists():  # an empty one, of a server that never had a database
            shutil.rmtree(data / FILES_NAME)
        os.rename(folder / FILES_NAME, data / FILES_NAME)
    sync_folder(folder)
    os.rename(folder / DATABASE_NAME, data / DATABASE_NAME)
    sync_folder(data)
