"""A database that goes away: what was acknowledged is there, nothing is there twice, and writes wait for it."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.server.store.conftest import World
from tests.server.store.postgres_server import PostgresServer, begin
from tuichat.server.bus import Event
from tuichat.server.store.errors import StoreError
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.postgresql.store import PostgresStore

pytestmark = [pytest.mark.slow, pytest.mark.system]


@pytest.fixture
def frail_server() -> Iterator[PostgresServer]:
    """One of the test's own, to be killed."""
    yield from begin()


@pytest.fixture
async def frail(frail_server: PostgresServer) -> AsyncIterator[World]:
    published: list[Event] = []
    store = await PostgresStore.open(frail_server.url(), publish=published.append)
    founded = World(store, published)
    await founded.found()
    yield founded
    await store.close()


async def test_writes_wait_for_a_database_that_restarts_and_none_is_lost_or_done_twice(
    frail: World, frail_server: PostgresServer
) -> None:
    acknowledged: list[MessageRow] = []
    is_over = False

    async def write() -> None:
        while not is_over:
            row = frail.message("x")
            acknowledged.append(await frail.store.add_message(row, [frail.event(body=b"%d" % row.id)]))

    async with asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(write())
        for crashes in range(1, 4):
            while len(acknowledged) < crashes * 300:  # noqa: ASYNC110  # what is waited for happens on a thread
                await asyncio.sleep(0.002)
            await asyncio.to_thread(frail_server.stop)
            await asyncio.to_thread(frail_server.start)
        before = len(acknowledged)
        while len(acknowledged) < before + 300:  # noqa: ASYNC110  # likewise
            await asyncio.sleep(0.002)
        is_over = True
    ids = sorted(row.id for row in acknowledged)
    kept = await frail.store.read_messages(frail.channel, limit=100_000)
    assert [row.id for row in reversed(kept)] == ids
    events = await frail.store.read_events(frail.guild, 0, limit=100_000)
    assert [event.seq for event in events] == list(range(1, len(ids) + 1))
    assert [event.body for event in events] == [event.body for event in frail.published]
    assert len({event.body for event in events}) == len(ids)


async def test_a_read_finds_its_way_back(frail: World, frail_server: PostgresServer) -> None:
    row = await frail.store.add_message(frail.message())
    assert await frail.store.read_messages(frail.channel) == [row]
    await asyncio.to_thread(frail_server.stop, "fast")
    await asyncio.to_thread(frail_server.start)
    assert await frail.store.read_messages(frail.channel) == [row]


async def test_each_node_has_a_worker_number_of_its_own(database_url: str) -> None:
    stores = [await PostgresStore.open(database_url, publish=lambda event: None) for _ in range(3)]
    with pytest.raises(StoreError, match="worker 1"):
        await PostgresStore.open(database_url, publish=lambda event: None, worker=1)
    ids = [store.next_id(1_800_000_000_000) for store in stores]
    assert [(one >> 12) & 0x3FF for one in ids] == [0, 1, 2]
    assert len({store.server_id for store in stores}) == 1
    for store in stores:
        await store.write([])
        await store.close()
    again = await PostgresStore.open(database_url, publish=lambda event: None, worker=7)
    assert again.next_id(0) > max(ids)
    await again.close()


async def test_a_guilds_events_are_numbered_without_gaps_by_several_nodes(database_url: str) -> None:
    told: list[Event] = []
    stores = [await PostgresStore.open(database_url, publish=told.append) for _ in range(2)]
    event = Event(name="E", body=b"{}", guild_id=1)
    await asyncio.gather(*(store.write([], [event]) for _ in range(50) for store in stores))
    assert sorted(event.seq for event in told) == list(range(1, 101))
    assert [event.seq for event in await stores[0].read_events(1, 0)] == list(range(1, 101))
    for store in stores:
        await store.close()
