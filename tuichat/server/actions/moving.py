"""Moving a running server's data into another database, and back."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import msgspec

from tuichat.config.private_files import make_private_dir
from tuichat.errors import TuichatError
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.local.database_place import DatabasePlace
from tuichat.server.actions import errors
from tuichat.server.actions.context import Context
from tuichat.server.actions.upkeep_step import UpkeepStep
from tuichat.server.data_store import require_driver
from tuichat.server.store.errors import StoreError
from tuichat.server.store.moving.changed_keys import EmbeddedChangedKeys, PostgresChangedKeys
from tuichat.server.store.moving.destination import EmbeddedDestination
from tuichat.server.store.moving.mover import Mover, Report
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.table_store import TableStore

REPORT_INTERVAL_S = 0.5
BACKUPS = "backups"
_OF_DATABASE = (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm")


class MoveRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Where the data goes: the URL of an empty PostgreSQL database, None for the folder of the data."""

    url: str | None = None


class MoveStopped(StoreError):
    """Whoever asked for the move asks no more."""


async def move(ctx: Context, request: MoveRequest) -> AsyncGenerator[UpkeepStep, None]:
    """Do what an administrator asks; the caller has checked that it is one. What fails is told by the last step."""
    state: list[tuple[str, int, int]] = [("", 0, 0)]
    is_stopped = False

    def report(phase: str, done: int, total: int) -> None:
        if is_stopped:
            raise MoveStopped("The move was broken off; nothing was changed.")
        state[0] = (phase, done, total)

    if ctx.move_lock.locked():
        yield UpkeepStep(fault="The data is being moved already; wait until that is done.")
        return
    async with ctx.move_lock:
        task = asyncio.create_task(_move(ctx, request, report), name="move")
        try:
            while not task.done():
                await asyncio.wait([task], timeout=REPORT_INTERVAL_S)
                phase, done, total = state[0]
                yield UpkeepStep(phase=phase, done=done, total=total)
            yield UpkeepStep(is_done=True, note=task.result())
        except TuichatError as error:
            yield UpkeepStep(fault=str(error))
        finally:
            is_stopped = True
            if not task.done():
                with contextlib.suppress(Exception):
                    await asyncio.wait([task])
                    task.result()


async def _move(ctx: Context, request: MoveRequest, report: Report) -> str:
    """Return what came of it. Raises TuichatError; then all is as before."""
    data = ctx.files.folder.parent
    place = DatabasePlace.read(data)
    store = ctx.store
    assert isinstance(store, TableStore)
    if request.url is not None:
        _check(request.url, place)
        from tuichat.server.store.postgresql.destination import PostgresDestination

        new = DatabasePlace(url=request.url, server_id=store.server_id)
        moved = await Mover(
            store,
            EmbeddedChangedKeys() if place is None else PostgresChangedKeys(),
            PostgresDestination(request.url),
            report,
            lambda: new.write(data),
        ).move()
        where = str(DatabaseAddress(request.url))
    else:
        if place is None:
            raise StoreError(f"The data is in {data} already.")
        await asyncio.to_thread(_set_aside, data)  # what a move left there that ended in the middle
        destination = EmbeddedDestination(data / DATABASE_NAME)
        moved = await Mover(
            store, PostgresChangedKeys(), destination, report, lambda: DatabasePlace.remove(data)
        ).move()
        where = str(data / DATABASE_NAME)
    kept = str(DatabaseAddress(place.url)) if place is not None else await asyncio.to_thread(_set_aside, data)
    return (
        f"{moved.rows} rows of {moved.tables} tables are in {where}, counted and compared by their hashes; writes waited for "
        f"{moved.pause_ms} ms. The server goes on with it, also when it is started anew. What was there before is left as it "
        f"was in {kept}; search finds old messages again as they are made searchable."
    )


def _check(url: str, place: DatabasePlace | None) -> None:
    """Raises StoreError for an address that nothing can go to."""
    require_driver()
    if DatabaseAddress(url).has_password:
        raise errors.invalid_field("url", "BASE_TYPE_BAD_VALUE", "Must hold no password.")
    if place is not None and place.url == url:
        raise StoreError(f"The data is in {DatabaseAddress(url)} already.")


def _set_aside(data: Path) -> str:
    """Move the files of a database that is not the server's any more to a new folder of the backups, and return its name."""
    found = [name for name in _OF_DATABASE if (data / name).exists()]
    kept = data / BACKUPS / time.strftime("moved-%Y%m%dT%H%M%SZ", time.gmtime())
    if found:
        make_private_dir(data / BACKUPS)
        make_private_dir(kept)
    for name in found:
        os.rename(data / name, kept / name)
    return str(kept)
