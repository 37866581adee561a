"""How long a search takes in a guild of a million messages: `python -m tests.benchmarks.search [MESSAGES [PLACE]]`.

The messages are words of a vocabulary of 50,000 that is used as a language is used (Zipf), so that the most common word is
in half of them, in 60 channels by 1000 authors, most of them by few. They are written the way the server writes them. PLACE
is a folder, or the address of a PostgreSQL database; one that is filled already is used as it is. Each kind of search is
asked with as many different words, people and places as it takes, through `Store.search`: the server's own checks and the
way over HTTP come on top, some 2 ms.
"""

import asyncio
import itertools
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.stores import AnyStore, is_address, open_store
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.message_search import AuthorKind, Has, MessageSearch, SearchIndexing, SearchOrder
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import GuildRow, UserRow

GUILD = 1
CHANNELS = range(100, 160)
AUTHORS = range(1000, 2000)
BOTS = AUTHORS[::20]
VOCABULARY = 50_000
WRITERS = 1_000
RUNS = 200
START_ID = 1 << 60
STEP = 20_000 << 22  # a message every 20 s


async def fill(store: AnyStore, count: int) -> None:
    rng = random.Random(1)
    await store.write(
        [
            *(
                Put(UserRow(id=Snowflake(user), username=f"u{user}", name_key=f"u{user}", is_bot=user in BOTS))
                for user in AUTHORS
            ),
            Put(GuildRow(id=Snowflake(GUILD), name="bench", owner_id=Snowflake(AUTHORS[0]))),
            *(
                Put(ChannelRow(id=Snowflake(channel), type=0, guild_id=Snowflake(GUILD), name=f"c{channel}"))
                for channel in CHANNELS
            ),
        ]
    )
    words = rng.choices(
        [f"w{rank}" for rank in range(VOCABULARY)],
        cum_weights=list(itertools.accumulate(1 / (rank + 1) for rank in range(VOCABULARY))),
        k=2_000_000,
    )
    authors = rng.choices(
        AUTHORS, cum_weights=list(itertools.accumulate(1 / (n + 1) for n in range(len(AUTHORS)))), k=count
    )
    numbers = iter(range(count))

    async def write() -> None:
        for number in numbers:
            begin = rng.randrange(len(words) - 20)
            content = " ".join(words[begin : begin + rng.randint(3, 14)])
            row = MessageRow(
                id=Snowflake(START_ID + number * STEP),
                channel_id=Snowflake(rng.choice(CHANNELS)),
                author_id=Snowflake(authors[number]),
                content=content + (" https://example.org/page" if number % 16 == 0 else ""),
                mention_ids=(Snowflake(rng.choice(AUTHORS)),) if number % 8 == 0 else (),
                pinned_ms=1 if number % 5000 == 0 else None,
            )
            await store.add_message(row)

    begin = time.perf_counter()
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    print(f"written: {count} messages, {count / (time.perf_counter() - begin):.0f} a second")


def kinds(rng: random.Random, count: int) -> dict[str, Callable[[], MessageSearch]]:
    """What is asked, each with words, people and places of its own."""

    def ask(phrases: tuple[str, ...] | None = None, **conditions: object) -> MessageSearch:
        return MessageSearch(guild_id=GUILD, phrases=phrases, **conditions)  # type: ignore[arg-type]  # a table's words

    def word(low: int, high: int) -> str:
        return f"w{rng.randrange(low, high)}"

    def person() -> tuple[int, ...]:
        return (rng.choice(AUTHORS),)

    newest = START_ID + count * STEP
    return {
        "a word in half of all messages": lambda: ask(("w0",)),
        "a common word": lambda: ask((word(1, 20),)),
        "a word": lambda: ask((word(20, 2000),)),
        "a rare word": lambda: ask((word(2000, VOCABULARY),)),
        "a word that is nowhere": lambda: ask((f"v{rng.random()}",)),
        "two common words, near each other": lambda: ask((word(0, 5), word(5, 20))),
        "three words, far from each other": lambda: ask((word(0, 20), word(0, 200), word(0, 200)), slop=100),
        "a phrase": lambda: ask((f"{word(0, 10)} {word(0, 10)}",)),
        "a common word, last page": lambda: ask((word(0, 5),), offset=9975),
        "a common word, oldest first": lambda: ask((word(0, 5),), order=SearchOrder.OLDEST),
        "a common word, by relevance": lambda: ask((word(0, 5),), order=SearchOrder.RELEVANCE),
        "a word, by relevance": lambda: ask((word(20, 2000),), order=SearchOrder.RELEVANCE),
        "all by one author": lambda: ask(author_ids=person()),
        "a common word by one author": lambda: ask((word(0, 5),), author_ids=person()),
        "a mention": lambda: ask(mention_ids=person()),
        "all of one channel": lambda: ask(channel_ids=(rng.choice(CHANNELS),)),
        "a common word in one channel": lambda: ask((word(0, 5),), channel_ids=(rng.choice(CHANNELS),)),
        "a word in half of the channels": lambda: ask((word(0, 2000),), channel_ids=tuple(rng.sample(CHANNELS, 30))),
        "a word, some channels hidden": lambda: ask((word(0, 2000),), hidden_ids=tuple(rng.sample(CHANNELS, 20))),
        "links with a common word": lambda: ask((word(0, 5),), has=frozenset({Has.LINK})),
        "a word without links": lambda: ask((word(0, 2000),), has_not=frozenset({Has.LINK})),
        "a link to one host": lambda: ask((word(0, 100),), link_hosts=("example.org",)),
        "what is pinned": lambda: ask(is_pinned=True),
        "a common word by bots": lambda: ask((word(0, 5),), author_kinds=frozenset({AuthorKind.BOT})),
        "a word of a day long ago": lambda: ask(
            (word(0, 100),),
            min_id=(day := START_ID + rng.randrange(max(count - 4320, 1)) * STEP),
            max_id=day + 4320 * STEP,
        ),
        "everything": lambda: ask(offset=rng.randrange(9975)),
        "before some day": lambda: ask(max_id=rng.randrange(START_ID, newest)),
    }


async def measure(store: AnyStore, count: int) -> None:
    rng = random.Random(2)
    everything: list[float] = []
    print(f"{'kind':36} {'p50':>8} {'p99':>8}  hits")
    for name, make in kinds(rng, count).items():
        times: list[float] = []
        totals: list[int] = []
        for _ in range(RUNS):
            wanted = make()
            begin = time.perf_counter()
            page = await store.search(wanted)
            times.append((time.perf_counter() - begin) * 1000)
            assert not isinstance(page, SearchIndexing)
            totals.append(page.total)
        everything += times
        p99 = statistics.quantiles(times, n=100)[98]
        print(f"{name:36} {statistics.median(times):5.1f} ms {p99:5.1f} ms  {min(totals)} to {max(totals)}")
    p99 = statistics.quantiles(everything, n=100)[98]
    print(f"{'all':36} {statistics.median(everything):5.1f} ms {p99:5.1f} ms")


async def run(count: int, place: str | Path) -> None:
    store = await open_store(place, lambda event: None)
    try:
        if not (await store.load()).guilds:
            await fill(store, count)
        await measure(store, count)
        size_bytes = (await store.statistics()).database_bytes
        print(f"database: {size_bytes / count:.0f} bytes a message")
    finally:
        await store.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    if len(sys.argv) > 2:
        asked = sys.argv[2]
        asyncio.run(run(count, asked if is_address(asked) else Path(asked) / f"search-{count}.db"))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(count, Path(folder) / "search.db"))


if __name__ == "__main__":
    main()
