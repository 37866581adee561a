"""The contract of every store for stages that are live."""

import contextlib
import sqlite3
from pathlib import Path

import msgspec

from tests.server.store.conftest import OpenStore, World
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.live_room import Hands, Openness
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.migration import migrate, migrations
from tuichat.server.store.operations import DeleteChannel, DeleteGuild, Put, Remove
from tuichat.server.store.stage_rows import StageRow
from tuichat.server.store.stage_tables import STAGES, read_stage

ROOM = {
    "description": "Of hives",
    "language": "en",
    "tags": ("bees", "h\u00f6ney"),
    "openness": Openness.ROLE,
    "role_id": Snowflake(6),
    "hands": Hands.FOLLOWED,
    "link": "https://bees.example",
    "host_ids": (Snowflake(7), Snowflake(8)),
    "invited_ids": (Snowflake(9),),
    "blocked_ids": (Snowflake(10),),
}


def stage(world: World, channel_id: Snowflake, **fields: object) -> StageRow:
    row = StageRow(id=world.take(), guild_id=world.guild, channel_id=channel_id, topic="Bees", starter_id=world.ada)
    return msgspec.structs.replace(row, **fields)


async def test_stages_come_back_at_the_next_start(world: World, opening: tuple[OpenStore, list[Event]]) -> None:
    rows = [
        stage(world, world.channel),
        stage(world, world.other, guild_scheduled_event_id=Snowflake(5), **ROOM),
    ]
    await world.store.write([Put(row) for row in rows])
    await world.store.close()
    store = await opening[0]()
    assert (await store.load()).stages == rows
    changed = msgspec.structs.replace(rows[1], topic="Wasps")
    await store.write([Put(changed), Remove(rows[0])])
    assert (await store.load()).stages == [changed]


async def test_one_takes_the_place_of_another_in_its_channel(world: World) -> None:
    first, second = stage(world, world.channel), stage(world, world.channel)
    await world.store.write([Put(first)])
    await world.store.write([Remove(first), Put(second)])
    assert (await world.store.load()).stages == [second]


async def test_stages_go_with_their_channel_and_their_guild(world: World) -> None:
    rows = [stage(world, world.channel), stage(world, world.other)]
    await world.store.write([Put(row) for row in rows])
    await world.store.write([DeleteChannel(world.channel)])
    assert (await world.store.load()).stages == [rows[1]]
    await world.store.write([DeleteGuild(world.guild)])
    assert (await world.store.load()).stages == []


async def test_a_stage_of_an_older_release_is_open_to_its_guild_and_hosted_by_who_started_it(tmp_path: Path) -> None:
    path = tmp_path / DATABASE_NAME
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as old:
        steps = [step for step in migrations() if step.name < "0018"]
        migrate(old, path, steps)
        old.execute("PRAGMA foreign_keys = OFF")
        old.execute("INSERT INTO stages VALUES (1, 2, 3, 'Bees', NULL, 4)")
        migrate(old, path, migrations())
        (found,) = old.execute(STAGES.select).fetchall()
    kept = read_stage(found)
    assert (kept.topic, kept.openness, kept.hands, kept.host_ids) == ("Bees", Openness.GUILD, Hands.ALL, (4,))
