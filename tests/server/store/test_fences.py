"""The contract of every store for a node that lost its lease: it writes nothing more."""

import asyncio

import pytest

from tests.server.store.conftest import OpenStore, World
from tuichat.server.bus import Event
from tuichat.server.store.errors import StoreFenced
from tuichat.server.store.fences import Fence
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import SettingRow


def put(value: str) -> list[Put]:
    return [Put(SettingRow(key="k", value=value))]


async def test_an_older_lease_writes_nothing_once_a_newer_one_has_written(
    world: World, opening: tuple[OpenStore, list[Event]]
) -> None:
    store, guild = world.store, int(world.guild)
    await store.write(put("first"), fence=Fence(guild, 5))
    await store.write(put("second"), fence=Fence(guild, 5))
    await store.write([], fence=Fence(guild, 6))
    with pytest.raises(StoreFenced):
        await store.write(put("late"), [world.event("LATE")], fence=Fence(guild, 5))
    assert await store.read_setting("k") == "second"
    await store.write(put("elsewhere"), fence=Fence(int(world.channel), 1))
    await store.write(put("without one"))
    await store.close()
    again = await opening[0]()
    with pytest.raises(StoreFenced):
        await again.write(put("late"), fence=Fence(guild, 5))
    await again.write(put("third"), [world.event("E")], fence=Fence(guild, 6))
    assert [(event.name, event.seq) for event in world.published] == [("E", 1)]


async def test_a_late_message_is_refused_among_others(world: World) -> None:
    guild, other = int(world.guild), int(world.other)
    await world.store.write([], fence=Fence(guild, 2))
    fences = [Fence(guild, 2), Fence(guild, 1), None, Fence(other, 1), Fence(guild, 1)]
    results = await asyncio.gather(
        *(
            world.store.add_message(world.message(str(number)), [world.event()], fence=fence)
            for number, fence in enumerate(fences)
        ),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [MessageRow, StoreFenced, MessageRow, MessageRow, StoreFenced]
    assert [row.content for row in await world.store.read_messages(world.channel)] == ["3", "2", "0"]
    assert [event.seq for event in world.published] == [1, 2, 3]
