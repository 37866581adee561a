"""Every store that there is, for the one contract."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import GuildRow, MemberRow, UserRow
from tuichat.server.store.sqlite import SQLiteStore
from tuichat.server.store.store import Store

OpenStore = Callable[[], Awaitable[Store]]


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


@pytest.fixture(params=["sqlite"])
async def opening(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[OpenStore, list[Event]]]:
    """How to open the data anew, and the list that all it publishes goes to."""
    published: list[Event] = []
    opened: list[Store] = []

    async def open_sqlite() -> Store:
        store = await SQLiteStore.open(tmp_path / DATABASE_NAME, publish=published.append)
        opened.append(store)
        return store

    openers: dict[str, OpenStore] = {"sqlite": open_sqlite}
    yield openers[request.param], published
    for store in opened:
        await store.close()


@pytest.fixture
async def world(opening: tuple[OpenStore, list[Event]]) -> World:
    open_store, published = opening
    founded = World(await open_store(), published)
    await founded.found()
    return founded
