"""How long a guild takes to open, by its size: `python -m tests.benchmarks.large_guild [MEMBERS ...]`.

The guilds are written straight into one server's store, each with ONLINE members connected. Then an account and a bot
of each connect by turns: IDENTIFY to READY (for the bot to GUILD_CREATE), and op 14 to the first rows of the member list.
"""

import argparse
import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from tests.system.fresh_home import FreshHome
from tests.system.server_process import ServerProcess
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.permissions import DEFAULT_EVERYONE
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Accounts
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.rows import ApplicationRow, GuildRow, MemberRow, RoleRow, UserRow
from tuichat.server.store.sqlite import SQLiteStore

ONLINE = 100
AT_ONCE = 5000  # rows in a write
TOKENS_AT_ONCE = 200
ALL_FLAGS = 1 << 12 | 1 << 14 | 1 << 18  # an application's, for the privileged intents
GUILDS_AND_PRESENCES = 1 << 0 | 1 << 8


class Place(msgspec.Struct, frozen=True):
    """A guild that was made, and who connects to it."""

    size: int
    guild_id: int
    channel_id: int
    tokens: list[str]  # of the first members; the first is the one that is measured, and the owner's
    bot_token: str
    user_ids: list[int]
    stage_id: int  # a stage channel


async def make_guild(store: SQLiteStore, accounts: Accounts, size: int, *, online: int = ONLINE) -> Place:
    now_ms = time.time_ns() // 1_000_000
    guild_id, channel_id, bot_id, stage_id = (store.next_id(now_ms) for _ in range(4))
    user_ids = [store.next_id(now_ms) for _ in range(size - 1)]
    rows: list[Operation] = [
        Put(UserRow(id=user_id, username=f"u{user_id}", name_key=f"u{user_id}")) for user_id in user_ids
    ]
    rows += [
        Put(UserRow(id=bot_id, username=f"bot{size}", name_key=f"bot{size}", is_bot=True)),
        Put(ApplicationRow(id=bot_id, owner_id=user_ids[0], name="bot", flags=ALL_FLAGS)),
        Put(GuildRow(id=guild_id, name=f"guild of {size}", owner_id=user_ids[0])),
        Put(RoleRow(id=guild_id, guild_id=guild_id, name="@everyone", permissions=DEFAULT_EVERYONE)),
        *(
            Put(ChannelRow(id=channel, type=0, guild_id=guild_id, name=f"channel-{number}", position=number))
            for number, channel in enumerate([channel_id, *(store.next_id(now_ms) for _ in range(29))])
        ),
        Put(ChannelRow(id=stage_id, type=13, guild_id=guild_id, name="stage", position=30)),
        *(
            Put(MemberRow(guild_id=guild_id, user_id=user_id, joined_ms=now_ms))
            for user_id in [*user_ids, bot_id]
        ),
    ]  # fmt: skip
    for start in range(0, len(rows), AT_ONCE):
        await store.write(rows[start : start + AT_ONCE])
    tokens: list[str] = []
    for start in range(0, min(online, size - 2), TOKENS_AT_ONCE):
        some = user_ids[start : min(start + TOKENS_AT_ONCE, online, size - 2)]
        tokens += await asyncio.gather(*(accounts.issue_token(Snowflake(user_id)) for user_id in some))
    bot_token = await accounts.issue_token(Snowflake(bot_id))
    return Place(size, guild_id, channel_id, tokens, bot_token, list(map(int, user_ids)), stage_id)


async def make_places(data: Path, sizes: list[int], *, online: int = ONLINE) -> list[Place]:
    data.mkdir(mode=0o700)
    store = await SQLiteStore.open(data / DATABASE_NAME, publish=lambda event: None)
    accounts = Accounts(store, now_ms=lambda: time.time_ns() // 1_000_000)
    places = [await make_guild(store, accounts, size, online=online) for size in sizes]
    await store.close()
    accounts.close()
    return places


@contextlib.asynccontextmanager
async def session(
    http: aiohttp.ClientSession, url: str, token: str, until: str, **identify: object
) -> AsyncIterator[tuple[aiohttp.ClientWebSocketResponse, float, int]]:
    """Connect; yield the socket, the seconds from IDENTIFY to the dispatch `until`, and its bytes."""
    async with http.ws_connect(f"{url}/?v=10&encoding=json", max_msg_size=0) as socket:
        await socket.receive()
        start = time.perf_counter()
        await send(socket, 2, {"token": token, "properties": {}, **identify})
        size_bytes = await read_until(socket, until)
        yield socket, time.perf_counter() - start, size_bytes
        await socket.close(code=1000)


async def send(socket: aiohttp.ClientWebSocketResponse, op: int, body: object) -> None:
    await socket.send_str(msgspec.json.encode({"op": op, "d": body}).decode())


async def read_until(socket: aiohttp.ClientWebSocketResponse, name: str) -> int:
    while True:
        message = await asyncio.wait_for(socket.receive(), 30)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        if f'"t":"{name}"' in message.data[:100]:
            return len(message.data)


async def measure(url: str, places: list[Place], rounds: int) -> dict[int, dict[str, list[float]]]:
    found: dict[int, dict[str, list[float]]] = {
        place.size: {"READY": [], "op 14": [], "GUILD_CREATE": []} for place in places
    }
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http, contextlib.AsyncExitStack() as crowd:
        for place in places:
            for token in place.tokens[1:]:
                await crowd.enter_async_context(session(http, url, token, "READY"))
        for _ in range(rounds):
            for place in places:
                times = found[place.size]
                async with session(http, url, place.tokens[0], "READY") as (socket, seconds, _):
                    times["READY"].append(seconds)
                    start = time.perf_counter()
                    channels: dict[str, Any] = {str(place.channel_id): [[0, 99]]}
                    await send(socket, 14, {"guild_id": str(place.guild_id), "channels": channels})
                    await read_until(socket, "GUILD_MEMBER_LIST_UPDATE")
                    times["op 14"].append(time.perf_counter() - start)
                bot = session(http, url, place.bot_token, "GUILD_CREATE", intents=GUILDS_AND_PRESENCES)
                async with bot as (_, seconds, _):
                    times["GUILD_CREATE"].append(seconds)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[100, 100_000], metavar="MEMBERS")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    with FreshHome() as home:
        data = home.folder / "server"
        places = asyncio.run(make_places(data, options.sizes))
        with ServerProcess(home, "--no-rate-limits", data=data) as server:
            found = asyncio.run(measure(server.base_url.replace("http", "ws"), places, options.rounds))
    print("| members | IDENTIFY to READY, median ms | op 14 to the first rows | a bot's GUILD_CREATE |")
    print("|---|---|---|---|")
    for size, times in found.items():
        cells = [f"{statistics.median(times[name]) * 1000:.2f}" for name in ("READY", "op 14", "GUILD_CREATE")]
        print(f"| {size} | {' | '.join(cells)} |")
    smallest, largest = (found[size] for size in (min(found), max(found)))
    ratios = {name: statistics.median(largest[name]) / statistics.median(smallest[name]) for name in smallest}
    print("ratio of the largest to the smallest:", ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))


if __name__ == "__main__":
    main()
