"""How many acknowledged messages a second a store takes: `python -m tests.benchmarks.store_writes [FOLDER | postgresql://...]`.

Every message is what `create_message` writes: its row, the author's read state, the guild's event, and what it is found by.
Each is on the disk when it counts: `synchronous=FULL` in the embedded store, whatever the server's `fsync` says in PostgreSQL.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks.stores import is_address, open_store
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import GuildRow, UserRow

TOTAL = 20_000
BODY = b'{"content":"' + b"x" * 700 + b'"}'


async def measure(place: str | Path, writers: int) -> float:
    published = 0

    def publish(event: Event) -> None:
        nonlocal published
        published += 1

    store = await open_store(place, publish)
    now_ms = time.time_ns() // 1_000_000
    user, guild, channel = (store.next_id(now_ms) for _ in range(3))
    await store.write(
        [
            Put(UserRow(id=user, username=f"u{user}", name_key=f"u{user}")),
            Put(GuildRow(id=guild, name="bench", owner_id=user)),
            Put(ChannelRow(id=channel, type=0, guild_id=guild, name="general")),
        ]
    )

    async def write(count: int) -> None:
        for _ in range(count):
            row = MessageRow(
                id=Snowflake(store.next_id(time.time_ns() // 1_000_000)),
                channel_id=channel,
                author_id=user,
                content="hello " * 8,
            )
            event = Event(name="MESSAGE_CREATE", body=BODY, guild_id=guild, channel_id=channel, author_id=user)
            await store.add_message(row, [event], marks_read=True)

    count = TOTAL if writers > 1 else TOTAL // 10
    begin = time.perf_counter()
    await asyncio.gather(*(write(count // writers) for _ in range(writers)))
    rate = count // writers * writers / (time.perf_counter() - begin)
    await store.close()
    assert published == count // writers * writers
    return rate


def main() -> None:
    asked = sys.argv[1] if len(sys.argv) > 1 else None
    is_shared = asked is not None and is_address(asked)
    with tempfile.TemporaryDirectory(dir=None if is_shared else asked) as folder:
        for writers in (1, 10, 100, 1000, 5000):
            place = asked if is_shared and asked is not None else Path(folder) / f"{writers}.db"
            print(f"{writers:5} writers: {asyncio.run(measure(place, writers)):8.0f} messages/s")


if __name__ == "__main__":
    main()
