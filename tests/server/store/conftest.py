"""Every store that there is, for the one contract."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from tests.server.store.postgres_server import PostgresServer, begin
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Put
from tuichat.server.store.postgresql.store import PostgresStore
from tuichat.server.store.rows import GuildRow, MemberRow, UserRow
from tuichat.server.store.sqlite import SQLiteStore, wall_ms
from tuichat.server.store.store import Store


class OpenStore(Protocol):
    """Opens the data, with a clock of the test's own where one is given."""

    def __call__(self, *, wall_ms: Callable[[], int] = ...) -> Awaitable[Store]: ...


# For tests of what SQLite alone has: its files, its index, its errors.
embedded_only = pytest.mark.parametrize("opening", ["sqlite"], indirect=True)


class World:
    """A store with two people in a guild of two channels, and what it published."""

    def __init__(self, store: Store, published: list[Event]) -> None:
        self.store = store
        self.published = published
        self.ada, self.bob, self.guild, self.channel, self.other = (self.take() for _ in range(5))

    def take(self) -> Snowflake:
        return self.store.next_id(time.time_ns() // 1_000_000)

    async def found(self) -> None:
        """Write the people, the guild and the channels."""
        await self.store.write(
            [
                Put(UserRow(id=self.ada, username="ada", name_key="ada")),
                Put(UserRow(id=self.bob, username="bob", name_key="bob")),
                Put(GuildRow(id=self.guild, name="guild", owner_id=self.ada)),
                Put(ChannelRow(id=self.channel, type=0, guild_id=self.guild, name="general")),
                Put(ChannelRow(id=self.other, type=0, guild_id=self.guild, name="random")),
                Put(MemberRow(guild_id=self.guild, user_id=self.ada, joined_ms=1)),
                Put(MemberRow(guild_id=self.guild, user_id=self.bob, joined_ms=2)),
            ]
        )

    def message(self, content: str = "hello", **fields: object) -> MessageRow:
        values: dict[str, object] = {"channel_id": self.channel, "author_id": self.ada, "content": content, **fields}
        return MessageRow(id=self.take(), **values)  # type: ignore[arg-type]  # a test's own words

    def event(self, name: str = "MESSAGE_CREATE", body: bytes = b"{}") -> Event:
        return Event(name=name, body=body, guild_id=int(self.guild), channel_id=int(self.channel))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    yield from begin()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """The name of a database with every table, and no row but those that each server begins with."""
    name = postgres_server.make_database()

    async def make_tables() -> None:
        store = await PostgresStore.open(postgres_server.url(name), publish=lambda event: None)
        await store.close()

    with ThreadPoolExecutor(1) as thread:  # this one's loop may be running
        thread.submit(asyncio.run, make_tables()).result()
    postgres_server.run_sql("DELETE FROM settings WHERE key NOT LIKE 'search_%'", name)
    return name


@pytest.fixture
def database_url(postgres_server: PostgresServer, postgres_template: str) -> str:
    """A database of the test's own."""
    return postgres_server.url(postgres_server.make_database(postgres_template))


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.slow, pytest.mark.system]),
    ]  # CI fails when it is skipped
)
async def opening(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[OpenStore, list[Event]]]:
    """How to open the data anew, and the list that all it publishes goes to."""
    published: list[Event] = []
    opened: list[Store] = []
    url = request.getfixturevalue("database_url") if request.param == "postgresql" else ""

    async def open_store(*, wall_ms: Callable[[], int] = wall_ms) -> Store:
        store: Store
        if url:
            store = await PostgresStore.open(url, publish=published.append, wall_ms=wall_ms)
        else:
            store = await SQLiteStore.open(tmp_path / DATABASE_NAME, publish=published.append, wall_ms=wall_ms)
        opened.append(store)
        return store

    yield open_store, published
    for store in opened:
        await store.close()


@pytest.fixture
async def world(opening: tuple[OpenStore, list[Event]]) -> World:
    open_store, published = opening
    founded = World(await open_store(), published)
    await founded.found()
    return founded
