"""The data of a server that does not run, opened by a program of its own, which holds the lock."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tuichat.local.data_folder import DATABASE_NAME, FILES_NAME
from tuichat.local.database_place import DatabasePlace
from tuichat.server.actions.backup import Copy, copy_in_thread
from tuichat.server.actions.context import Context, open_context
from tuichat.server.bus import LocalBus
from tuichat.server.data_store import open_store
from tuichat.server.files.file_store import FileStore
from tuichat.server.store.snapshot import Progress, copy_database


@contextlib.asynccontextmanager
async def open_offline(data: Path) -> AsyncIterator[Context]:
    """Open the data until left. Raises StoreError or LocalError."""
    bus = LocalBus()
    store = await open_store(data, bus.publish)
    try:
        files = FileStore.open(data / FILES_NAME)
        ctx = await open_context(store, bus, files=files)
        try:
            yield ctx
        finally:
            ctx.accounts.close()
            ctx.pictures.close()
            ctx.fetcher.close()
            await files.close()
    finally:
        await store.close()


def offline_copy(data: Path) -> Copy:
    """What copies the database of a folder whose lock the caller holds. Raises StoreError or LocalError."""
    place = DatabasePlace.read(data)
    if place is None:
        return copy_in_thread(lambda to, progress: copy_database(data / DATABASE_NAME, to, progress))
    url = place.url

    async def copy(target: Path, progress: Progress) -> None:
        store = await open_store(data, lambda event: None, database=url)
        try:
            await store.copy_to(target, progress)
        finally:
            await store.close()

    return copy
