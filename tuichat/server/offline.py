"""The data of a server that does not run, opened by a program of its own, which holds the lock."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tuichat.local.data_folder import FILES_NAME
from tuichat.server.actions.context import Context, open_context
from tuichat.server.bus import LocalBus
from tuichat.server.data_store import open_store
from tuichat.server.files.file_store import FileStore


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
