"""What the store answers from memory is what the disk has, whatever is written meanwhile."""

import asyncio
import random

from tests.server.store.conftest import World, embedded_only
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import AddMessage, DeleteMessages, Put, UpdateMessage
from tuichat.server.store.sqlite import SQLiteStore


async def on_disk(store: SQLiteStore, channel_id: Snowflake, limit: int) -> list[MessageRow]:
    return await store.read_messages(channel_id, before=2**63 - 1, limit=limit)


@embedded_only
async def test_memory_and_disk_agree_while_many_write(world: World) -> None:
    store = world.store
    assert isinstance(store, SQLiteStore)
    chance = random.Random(5)
    channels = (world.channel, world.other)
    written: dict[int, list[MessageRow]] = {int(channel): [] for channel in channels}

    async def write() -> None:
        channel_id = chance.choice(channels)
        mine = written[int(channel_id)]
        kind = chance.random()
        if kind < 0.5 or not mine:
            row = world.message(f"new {chance.random()}", channel_id=channel_id)
            if kind < 0.3:
                mine.append(await store.add_message(row))
            else:
                await store.write([Put(row) if kind < 0.4 else AddMessage(row)])
                mine.append(row)
        elif kind < 0.8:
            place = chance.randrange(len(mine))
            changed = MessageRow(
                id=mine[place].id, channel_id=channel_id, author_id=world.ada, content=f"changed {chance.random()}"
            )
            try:
                await store.write([UpdateMessage(changed)])
            except Conflict:
                return  # another deleted it
        else:
            gone = [int(row.id) for row in chance.sample(mine, min(3, len(mine)))]
            written[int(channel_id)] = [row for row in mine if int(row.id) not in gone]
            try:
                await store.write([DeleteMessages(channel_id=int(channel_id), message_ids=tuple(gone))])
            except Conflict:
                return

    async def read() -> None:
        await store.read_messages(chance.choice(channels), limit=chance.choice([1, 20, 50, 100]))

    for _ in range(150):
        if chance.random() < 0.7:
            store._recent._clear()  # so that pages are read while others write
        await asyncio.gather(*(write() if chance.random() < 0.6 else read() for _ in range(12)))
        for channel_id in channels:
            for limit in (5, 50, 100):
                assert await store.read_messages(channel_id, limit=limit) == await on_disk(store, channel_id, limit)
    assert len(store._recent) == 2
