"""Which store a benchmark measures: a file of the embedded one, or a PostgreSQL database by its address."""

from pathlib import Path

from tuichat.server.store.postgresql.store import PostgresStore
from tuichat.server.store.sqlite import SQLiteStore
from tuichat.server.store.store import Publish

AnyStore = SQLiteStore | PostgresStore


def is_address(text: str) -> bool:
    return text.startswith("postgresql://")


async def open_store(place: str | Path, publish: Publish) -> AnyStore:
    if isinstance(place, str):
        return await PostgresStore.open(place, publish=publish)
    return await SQLiteStore.open(place, publish=publish)
