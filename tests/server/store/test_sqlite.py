"""The embedded store's own: what a killed process leaves, who may read the file, and what is no database."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.store.conftest import World, embedded_only
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.server.store.errors import StoreError
from tuichat.server.store.sqlite import SQLiteStore

WRITER = """
import asyncio, sys, time
from pathlib import Path
from tests.server.store.conftest import World
from tuichat.server.store.sqlite import SQLiteStore

async def main():
    world = World(await SQLiteStore.open(Path(sys.argv[1]), publish=lambda event: None), [])
    await world.found()
    print(world.channel, int(world.guild), flush=True)

    async def write(writer):
        while True:
            row = world.message(f"{writer}", nonce=str(time.time_ns()))
            await world.store.add_message(row, [world.event(body=b'{"id":%d}' % row.id)], is_nonce_unique=True)
            sys.stdout.write(f"{row.id}\\n")
            sys.stdout.flush()

    await asyncio.gather(*(write(number) for number in range(20)))

asyncio.run(main())
"""


def kill_while_writing(path: Path, after: int) -> tuple[int, int, list[int]]:
    """Run a process that writes at full speed, kill it, and return its channel, guild and acknowledged messages."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]
    )
    try:
        assert process.stdout is not None
        channel, guild = map(int, process.stdout.readline().split())
        acknowledged = [int(process.stdout.readline()) for _ in range(after)]
    finally:
        process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate()
    acknowledged += [int(line) for line in rest.splitlines()[: rest.count("\n")]]
    return channel, guild, acknowledged


async def test_a_killed_server_has_lost_no_acknowledged_message(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    channel, guild, acknowledged = await asyncio.to_thread(kill_while_writing, path, 300)
    store = await SQLiteStore.open(path, publish=lambda event: None)
    try:
        kept: list[int] = []
        before = None
        while page := await store.read_messages(channel, before=before, limit=100):
            kept += [row.id for row in page]
            before = page[-1].id
        events = [event for begin in range(0, 20_000, 1000) for event in await store.read_events(guild, begin)]
        told = [event.seq for event in events]
        assert set(acknowledged) <= set(kept)
        assert len(kept) == len(set(kept))
        assert told == list(range(1, len(kept) + 1))  # one event a message, whole transactions only
        assert store.next_id(0) > max(kept)
    finally:
        await store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@embedded_only
async def test_only_its_owner_can_read_the_files(world: World, tmp_path: Path) -> None:
    await world.store.add_message(world.message())
    files = [path for path in tmp_path.iterdir() if path.name.startswith(DATABASE_NAME)]
    assert {path.name for path in files} >= {DATABASE_NAME, f"{DATABASE_NAME}-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


@embedded_only
async def test_commits_reach_the_disk(world: World) -> None:
    assert isinstance(world.store, SQLiteStore)
    (synchronous,) = world.store._writer._connection.execute("PRAGMA synchronous").fetchone()
    (mode,) = world.store._writer._connection.execute("PRAGMA journal_mode").fetchone()
    assert (synchronous, mode) == (2, "wal")  # 2 is FULL


async def test_a_file_that_is_no_database_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    path.write_bytes(b"not a database, but long enough to look at " * 200)
    with pytest.raises(StoreError, match=DATABASE_NAME):
        await SQLiteStore.open(path, publish=lambda event: None)


async def test_a_link_in_place_of_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    os.symlink(tmp_path / "elsewhere", tmp_path / DATABASE_NAME)
    with pytest.raises(StoreError):
        await SQLiteStore.open(tmp_path / DATABASE_NAME, publish=lambda event: None)
