"""A store moves into PostgreSQL and back while it is written to, and loses nothing."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.store.conftest import World
from tests.server.store.postgres_server import PostgresServer
from tuichat.server.store.errors import Conflict, StoreError
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.moving.changed_keys import EmbeddedChangedKeys, PostgresChangedKeys
from tuichat.server.store.moving.destination import EmbeddedDestination
from tuichat.server.store.moving.mover import Moved, Mover
from tuichat.server.store.operations import AddReaction, DeleteMessages, DeleteRole, Put, UpdateMessage
from tuichat.server.store.postgresql.destination import PostgresDestination
from tuichat.server.store.postgresql.store import PostgresStore
from tuichat.server.store.rows import ImageRow, RoleRow
from tuichat.server.store.sqlite import SQLiteStore
from tuichat.server.store.store import Store

pytestmark = [pytest.mark.slow, pytest.mark.system]


@pytest.fixture
def target_url(postgres_server: PostgresServer) -> str:
    return postgres_server.url(postgres_server.make_database())


@pytest.fixture
async def founded(tmp_path: Path) -> AsyncIterator[World]:
    world = World(await SQLiteStore.open(tmp_path / "old.db", publish=lambda event: published.append(event)), [])
    published = world.published
    await world.found()
    for begin in range(0, 5_000, 500):
        await asyncio.gather(
            *(world.store.add_message(world.message(f"{begin + number}"), [world.event()]) for number in range(500))
        )
    yield world
    await world.store.close()


class Busy:
    """Somebody who writes all the time, and knows what was acknowledged."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.sent: list[MessageRow] = []
        self.kept: dict[int, MessageRow] = {}
        self.is_over = False
        self._choice = random.Random(seed)

    async def write(self) -> None:
        store, world = self.world.store, self.world
        while not self.is_over:
            match self._choice.randrange(6):
                case 0 if self.kept:
                    row = self.kept.pop(self._choice.choice(list(self.kept)))
                    await store.write([DeleteMessages(int(row.channel_id), (int(row.id),))], [world.event("D")])
                case 1 if self.kept:
                    old = self.kept[self._choice.choice(list(self.kept))]
                    row = world.message("edited")
                    row = MessageRow(
                        id=old.id, channel_id=old.channel_id, author_id=old.author_id, content=f"edited {row.id}"
                    )
                    await store.write([UpdateMessage(row)], [world.event("U")])
                    self.kept[int(row.id)] = row
                case 2 if self.kept:
                    on = self._choice.choice(list(self.kept))
                    emoji = AddReaction(on, world.channel, "\U0001f600", None, False, int(world.ada), int(world.take()))
                    with contextlib.suppress(Conflict):  # it is there already
                        await store.write([emoji], [world.event("R")])
                case 3:
                    icon = f"{self._choice.randrange(9)}"
                    picture = ImageRow(kind="icons", owner_id=world.guild, guild_id=world.guild, hash=icon, file=icon)
                    role = RoleRow(id=world.take(), guild_id=world.guild, name="r")
                    await store.write([Put(picture), Put(role)])
                    if self._choice.randrange(2):
                        await store.write([DeleteRole(role.id)])
                case _:
                    row = await store.add_message(world.message("new", nonce=f"{world.take()}"), [world.event()])
                    self.sent.append(row)
                    self.kept[int(row.id)] = row


async def move_busily(world: World, mover: Mover) -> Moved:
    """Move while many write, who go on for a while after; nothing they know is lost."""
    busy = [Busy(world, seed) for seed in range(8)]
    moved: list[Moved] = []
    async with asyncio.TaskGroup() as group:
        for each in busy:
            group.create_task(each.write())
        moved.append(await mover.move())
        count = sum(len(each.sent) for each in busy)
        while sum(len(each.sent) for each in busy) < count + 100:  # noqa: ASYNC110  # the thread is waited for
            await asyncio.sleep(0.002)
        for each in busy:
            each.is_over = True
    kept = {row_id: row.content for each in busy for row_id, row in each.kept.items()}
    found = {int(row.id): row.content for row in await world.store.read_messages(world.channel, limit=1_000_000)}
    assert kept.items() <= found.items()
    written = {int(row.id) for each in busy for row in each.sent}
    assert found.keys() & written == kept.keys()
    events = await world.store.read_events(world.guild, 0, limit=1_000_000)
    assert [event.seq for event in events] == list(range(events[0].seq, events[0].seq + len(events)))
    assert [event.seq for event in world.published] == list(range(1, len(world.published) + 1))
    assert events[-1].seq == len(world.published)
    return moved[0]


async def everything(store: Store, world: World) -> list[object]:
    messages = await store.read_messages(world.channel, limit=1_000_000)
    ids = [int(row.id) for row in messages[:100]]
    return [
        await store.load(), await store.load_social(), messages, await store.read_loose_files(1_000_000),
        await store.read_reactions(ids, world.ada), await store.read_events(world.guild, 0, limit=1_000_000), store.server_id,
    ]  # fmt: skip


def quietly(phase: str, done: int, total: int) -> None:
    """Tell nobody."""


async def test_a_busy_store_moves_into_postgresql_and_back(founded: World, target_url: str, tmp_path: Path) -> None:
    store = founded.store
    assert isinstance(store, SQLiteStore)
    seen: list[str] = []
    noted: list[str] = []

    def report(phase: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        seen.append(phase)

    target = PostgresDestination(target_url)
    moved = await move_busily(
        founded, Mover(store, EmbeddedChangedKeys(), target, report, lambda: noted.append("there"))
    )
    assert {"copying", "comparing", "switching"} <= set(seen)
    assert noted == ["there"]
    assert moved.rows > 10_000
    assert moved.pause_ms < 5_000
    last = founded.take()
    before = await everything(store, founded)
    back = Mover(store, PostgresChangedKeys(), EmbeddedDestination(tmp_path / "new.db"), quietly, lambda: None)
    await move_busily(founded, back)
    after = await everything(store, founded)
    await store.close()
    # What each of both has on its own, opened anew.
    pages = await PostgresStore.open(target_url, publish=lambda event: None)
    assert len(await pages.read_messages(founded.channel, limit=1_000_000)) >= len(before[2])  # type: ignore[arg-type]
    assert pages.next_id(0) > last
    await pages.close()
    again = await SQLiteStore.open(tmp_path / "new.db", publish=lambda event: None)
    assert await everything(again, founded) == after
    founded.store = again


@pytest.mark.parametrize("phase", ["copying", "comparing", "switching"])
async def test_what_fails_in_the_middle_leaves_the_store_where_it_is(
    founded: World, target_url: str, phase: str, postgres_server: PostgresServer
) -> None:
    store = founded.store
    assert isinstance(store, SQLiteStore)

    def fail(now: str, done: int, total: int) -> None:
        if now == phase:
            raise StoreError("the disk is full")

    async def try_it() -> None:
        with pytest.raises(StoreError, match="the disk is full"):
            await Mover(store, EmbeddedChangedKeys(), PostgresDestination(target_url), fail, pytest.fail).move()

    before = await everything(store, founded)
    await try_it()
    assert await everything(store, founded) == before
    row = await store.add_message(founded.message("after"), [founded.event()])
    assert (await store.read_messages(founded.channel, limit=1)) == [row]
    name = target_url.removeprefix("postgresql://tester@/").partition("?")[0]
    assert postgres_server.run_sql("SELECT count(*) FROM messages", name) == "0"
    await try_it()
    # The same database is still good enough.
    await Mover(store, EmbeddedChangedKeys(), PostgresDestination(target_url), quietly, lambda: None).move()
    assert (await store.read_messages(founded.channel, limit=1)) == [row]


async def test_characters_that_no_postgresql_text_has_hold_nothing_up(founded: World, target_url: str) -> None:
    store = founded.store
    assert isinstance(store, SQLiteStore)
    await store.add_message(founded.message("old \0 words"))
    await Mover(store, EmbeddedChangedKeys(), PostgresDestination(target_url), quietly, lambda: None).move()
    await store.add_message(founded.message("new \0 words"), [founded.event()])
    await asyncio.gather(*(store.add_message(founded.message(f"\0{number}")) for number in range(9)))
    found = [row.content for row in await store.read_messages(founded.channel, before=2**62, limit=11)]
    assert found[-2:] == ["new \ufffd words", "old \ufffd words"]


async def test_a_destination_that_is_killed_leaves_the_store_where_it_is(founded: World) -> None:
    from tests.server.store.postgres_server import begin

    frail = begin()
    server = next(frail)
    store = founded.store
    assert isinstance(store, SQLiteStore)
    killed: list[bool] = []

    def kill(now: str, done: int, total: int) -> None:
        if now == "copying" and done > 3_000 and not killed:
            killed.append(True)
            server.stop()

    before = await everything(store, founded)
    with pytest.raises(StoreError, match="does not take the data"):
        await Mover(store, EmbeddedChangedKeys(), PostgresDestination(server.url()), kill, pytest.fail).move()
    assert await everything(store, founded) == before
    await store.add_message(founded.message("after"), [founded.event()])
    server.start()
    assert server.run_sql("SELECT count(*) FROM users") == "0"
    for _ in frail:
        pass


async def test_a_database_with_data_takes_no_other(founded: World, database_url: str) -> None:
    other = World(await PostgresStore.open(database_url, publish=lambda event: None), [])
    await other.found()
    store = founded.store
    assert isinstance(store, SQLiteStore)
    with pytest.raises(StoreError, match="open in another tuichat server"):
        await Mover(store, EmbeddedChangedKeys(), PostgresDestination(database_url), quietly, pytest.fail).move()
    await other.store.close()
    with pytest.raises(StoreError, match="There is data of a server"):
        await Mover(store, EmbeddedChangedKeys(), PostgresDestination(database_url), quietly, pytest.fail).move()
