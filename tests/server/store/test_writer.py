"""The writer: what it tells and when, what a full queue says, and a transaction that fails."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.server.store.conftest import World, embedded_only
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.server.bus import Event
from tuichat.server.store import writer
from tuichat.server.store.errors import StoreBusy, StoreUnwritable
from tuichat.server.store.sqlite import SQLiteStore


async def test_nothing_is_told_before_another_process_could_read_it(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    readable: list[int] = []

    def publish(event: Event) -> None:
        with contextlib.closing(sqlite3.connect(path)) as other:
            readable.append(
                other.execute("SELECT count(*) FROM messages WHERE id = ?", (int(event.body),)).fetchone()[0]
            )

    world = World(await SQLiteStore.open(path, publish=publish), [])
    await world.found()
    rows = [world.message(str(number)) for number in range(30)]
    await asyncio.gather(*(world.store.add_message(row, [world.event(body=b"%d" % row.id)]) for row in rows))
    await world.store.close()
    assert readable == [1] * 30


async def test_a_full_queue_refuses_and_takes_more_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_QUEUED", 10)
    results = await asyncio.gather(
        *(world.store.add_message(world.message()) for _ in range(12)), return_exceptions=True
    )
    assert [type(result) for result in results[10:]] == [StoreBusy, StoreBusy]
    assert len(await world.store.read_messages(world.channel)) == 10
    await world.store.add_message(world.message())


@embedded_only
async def test_a_failed_commit_is_told_to_every_caller_and_the_store_goes_on(world: World) -> None:
    assert isinstance(world.store, SQLiteStore)
    world.store._writer._connection.execute("PRAGMA max_page_count = 1")  # the disk is full
    world.store._writer._connection.execute("PRAGMA cache_size = 10")
    results = await asyncio.gather(
        *(world.store.add_message(world.message("x" * 8000), [world.event()]) for _ in range(30)),
        return_exceptions=True,
    )
    assert all(isinstance(result, StoreUnwritable) for result in results)
    assert not world.published
    world.store._writer._connection.execute("PRAGMA max_page_count = 1000000")
    await world.store.add_message(world.message(), [world.event()])
    assert [event.seq for event in world.published] == [1]


async def test_an_event_that_cannot_be_kept_fails_its_write_alone(world: World) -> None:
    broken = Event(name="B", body=b"{}", guild_id=int(world.guild), author_id=object())  # type: ignore[arg-type]
    results = await asyncio.gather(
        world.store.write([], [world.event("A")]),
        world.store.write([], [broken]),
        world.store.add_message(world.message(), [world.event("C")]),
        return_exceptions=True,
    )
    assert isinstance(results[1], NotImplementedError)
    assert [(event.name, event.seq) for event in world.published] == [("A", 1), ("C", 2)]
    assert [event.name for event in await world.store.read_events(world.guild, 0)] == ["A", "C"]
