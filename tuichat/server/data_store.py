"""The store of a data folder: its own file, or the database that a note in it names."""

import importlib.util
from pathlib import Path

from tuichat.local.data_folder import DATABASE_NAME, data_option
from tuichat.local.database_place import DatabasePlace
from tuichat.server.store.errors import StoreError
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.sqlite import SQLiteStore
from tuichat.server.store.store import Publish, Store

DRIVER = "asyncpg"


async def open_store(data: Path, publish: Publish, *, database: str | None = None) -> Store:
    """Open what a folder has, whose lock the caller holds.

    `database` None goes by the folder's note; a new folder notes the one that is given. Raises StoreError or LocalError.
    """
    place = DatabasePlace.read(data)
    url = database or (None if place is None else place.url)
    if url is None:
        return await SQLiteStore.open(data / DATABASE_NAME, publish=publish)
    if place is None and (data / DATABASE_NAME).exists():
        raise StoreError(
            f"{data} holds the data of a server already, so it cannot begin with {DatabaseAddress(url)}. Carry it over while the "
            f"server runs without --database: `tuichat admin migrate --to {DatabaseAddress(url)}{data_option(data)}`; or give "
            "--data a new folder."
        )
    store = await open_database(url, publish)
    if place is not None and store.server_id != place.server_id:
        await store.close()
        raise StoreError(
            f"The data that goes with {data} is in {DatabaseAddress(place.url)}, and in {DatabaseAddress(url)} is another "
            "server's. Leave --database and server.database away to go on with the former; give --data another folder for the "
            "latter."
        )
    if place is None or place.url != url:  # it is new, or moved
        DatabasePlace(url=url, server_id=store.server_id).write(data)
    return store


async def open_database(url: str, publish: Publish) -> Store:
    """Open a database that no other server has. Raises StoreError."""
    require_driver()
    from tuichat.server.store.postgresql.seat import Nodes
    from tuichat.server.store.postgresql.store import PostgresStore

    return await PostgresStore.open(url, publish=publish, nodes=Nodes.ONE)


def require_driver() -> None:
    """Raises StoreError where what speaks to PostgreSQL is not installed."""
    if importlib.util.find_spec(DRIVER) is None:
        raise StoreError(
            "PostgreSQL needs a part that is not installed: `pip install 'tuichat[scaled]'` in the same environment installs it."
        )
