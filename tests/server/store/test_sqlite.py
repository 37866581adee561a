"""The embedded store's own: what a killed process leaves, who may read the file, and what a full queue says."""

import asyncio
import contextlib
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.store.conftest import World
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store import writer
from tuichat.server.store.errors import StoreBusy, StoreError, StoreUnwritable
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import AuditRow, GuildRow, InviteRow, UserRow
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


async def test_only_its_owner_can_read_the_files(world: World, tmp_path: Path) -> None:
    await world.store.add_message(world.message())
    files = [path for path in tmp_path.iterdir() if path.name.startswith(DATABASE_NAME)]
    assert {path.name for path in files} >= {DATABASE_NAME, f"{DATABASE_NAME}-wal"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


async def test_commits_reach_the_disk(world: World) -> None:
    assert isinstance(world.store, SQLiteStore)
    (synchronous,) = world.store._connection.execute("PRAGMA synchronous").fetchone()
    (mode,) = world.store._connection.execute("PRAGMA journal_mode").fetchone()
    assert (synchronous, mode) == (2, "wal")  # 2 is FULL


async def test_a_full_queue_refuses_and_takes_more_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_QUEUED", 10)
    results = await asyncio.gather(
        *(world.store.add_message(world.message()) for _ in range(12)), return_exceptions=True
    )
    assert [type(result) for result in results[10:]] == [StoreBusy, StoreBusy]
    assert len(await world.store.read_messages(world.channel)) == 10
    await world.store.add_message(world.message())


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


async def test_a_failed_commit_is_told_to_every_caller_and_the_store_goes_on(world: World) -> None:
    assert isinstance(world.store, SQLiteStore)
    world.store._connection.execute("PRAGMA max_page_count = 1")  # the disk is full
    world.store._connection.execute("PRAGMA cache_size = 10")
    results = await asyncio.gather(
        *(world.store.add_message(world.message("x" * 2000), [world.event()]) for _ in range(30)),
        return_exceptions=True,
    )
    assert all(isinstance(result, StoreUnwritable) for result in results)
    assert not world.published
    world.store._connection.execute("PRAGMA max_page_count = 1000000")
    await world.store.add_message(world.message(), [world.event()])
    assert [event.seq for event in world.published] == [1]


async def test_old_events_and_nonces_are_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "PURGE_STEP", 3)
    clock = [1_800_000_000_000]
    path = tmp_path / DATABASE_NAME
    store = await SQLiteStore.open(path, publish=lambda event: None, wall_ms=lambda: clock[0])
    await store.write([], [Event(name="OLD", body=b"{}", guild_id=1)] * 10)
    await store.close()
    clock[0] += 86_400_001
    store = await SQLiteStore.open(path, publish=lambda event: None, wall_ms=lambda: clock[0])
    await store.write([], [Event(name="NEW", body=b"{}", guild_id=1)])
    for _ in range(1000):
        kept = await store.read_events(1, 0)
        if len(kept) == 1:
            break
        await asyncio.sleep(0.005)
    assert [(event.name, event.seq) for event in kept] == [("NEW", 11)]
    await store.close()


async def test_expired_invites_are_removed(world: World, tmp_path: Path) -> None:
    def invite(code: str, max_age_s: int) -> Put:
        return Put(
            InviteRow(
                code=code, guild_id=world.guild, channel_id=world.channel, inviter_id=None, created_ms=1_000,
                max_age_s=max_age_s,
            )
        )  # fmt: skip

    await world.store.write([invite("old", 60), invite("forever", 0), invite("long", 4_000_000_000)])
    await world.store.close()
    store = await SQLiteStore.open(tmp_path / DATABASE_NAME, publish=lambda event: None)
    for _ in range(1000):
        kept = await store.read_invites(world.guild)
        if len(kept) == 2:
            break
        await asyncio.sleep(0.005)
    assert {row.code for row in kept} == {"forever", "long"}
    await store.close()


async def test_the_audit_log_is_kept_for_45_days(tmp_path: Path) -> None:
    clock = [1_800_000_000_000]
    path = tmp_path / DATABASE_NAME
    store = await SQLiteStore.open(path, publish=lambda event: None, wall_ms=lambda: clock[0])
    user, guild, first = (store.next_id(clock[0]) for _ in range(3))

    def entry(entry_id: Snowflake) -> Put:
        return Put(AuditRow(id=entry_id, guild_id=guild, user_id=user, action_type=20))

    owner = UserRow(id=user, username="ada", name_key="ada")
    await store.write([Put(owner), Put(GuildRow(id=guild, name="g", owner_id=user)), entry(first)])
    await store.close()
    clock[0] += 45 * 86_400_000 + 1
    store = await SQLiteStore.open(path, publish=lambda event: None, wall_ms=lambda: clock[0])
    second = store.next_id(clock[0])
    await store.write([entry(second)])
    for _ in range(1000):
        kept = await store.read_audit_log(guild)
        if len(kept) == 1:
            break
        await asyncio.sleep(0.005)
    assert [row.id for row in kept] == [second]
    await store.close()


async def test_a_guild_keeps_its_last_ten_thousand_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "MAX_EVENTS_PER_GUILD", 500)
    store = await SQLiteStore.open(tmp_path / DATABASE_NAME, publish=lambda event: None)
    for _ in range(20):
        await store.write([], [Event(name="E", body=b"{}", guild_id=1)] * 100)
    kept = await store.read_events(1, 0)
    assert [event.seq for event in kept] == list(range(1501, 2001))
    await store.close()
