"""The contract of every store for stages that are live."""

import msgspec

from tests.server.store.conftest import OpenStore, World
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.operations import DeleteChannel, DeleteGuild, Put, Remove
from tuichat.server.store.stage_rows import StageRow


def stage(world: World, channel_id: Snowflake, **fields: object) -> StageRow:
    row = StageRow(id=world.take(), guild_id=world.guild, channel_id=channel_id, topic="Bees", starter_id=world.ada)
    return msgspec.structs.replace(row, **fields)


async def test_stages_come_back_at_the_next_start(world: World, opening: tuple[OpenStore, list[Event]]) -> None:
    rows = [
        stage(world, world.channel),
        stage(world, world.other, guild_scheduled_event_id=Snowflake(5)),
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
