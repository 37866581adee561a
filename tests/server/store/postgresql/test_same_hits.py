"""Both stores find the same, whatever is asked, also where a search of PostgreSQL goes through many periods."""

import random
from pathlib import Path

import msgspec
import pytest

from tests.server.store.conftest import World
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.message_rows import MessageRow, ReferenceRow
from tuichat.server.store.message_search import Has, MessageSearch, SearchOrder, SearchPage, parse_phrases
from tuichat.server.store.postgresql.store import PostgresStore
from tuichat.server.store.sqlite import SQLiteStore

pytestmark = [pytest.mark.slow, pytest.mark.system]

MESSAGES = 600
SEARCHES = 300
SPAN_MS = 6 * 365 * 86_400_000
WORDS = ["deploy", "deploys", "the", "Café", "a-b", "it's", "東京", "😀", "x1", "don't", "ÜBER", "the"]
COUNTED = 60  # in place of MAX_COUNTED


def a_text(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=rng.randint(1, 12)))


def a_search(rng: random.Random, world: World, rows: list[MessageRow]) -> MessageSearch:
    maybe = rng.random
    typed = [" ".join(rng.choices(WORDS, k=rng.choice((1, 1, 1, 2)))) for _ in range(rng.randint(1, 3))]
    phrases = parse_phrases(" ".join(f'"{phrase}"' for phrase in typed))
    return MessageSearch(
        guild_id=int(world.guild),
        channel_ids=(int(world.other),) if maybe() < 0.2 else (),
        phrases=phrases if maybe() < 0.8 else None,
        slop=rng.choice((0, 1, 2, 5, 100)),
        author_ids=(int(world.bob),) if maybe() < 0.2 else (),
        answered_user_ids=(int(world.ada),) if maybe() < 0.1 else (),
        has_not=frozenset({Has.LINK}) if maybe() < 0.2 else frozenset(),
        min_id=rng.choice(rows).id if maybe() < 0.2 else None,
        max_id=rng.choice(rows).id if maybe() < 0.2 else None,
        order=rng.choice(list(SearchOrder)),
        limit=rng.choice((1, 5, 25)),
        offset=rng.choice((0, 0, 3, 35)),  # with the limit, never beyond what is counted
    )


@pytest.mark.parametrize("seed", range(2))
async def test_both_stores_find_the_same(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("tuichat.server.store.search_query.MAX_COUNTED", COUNTED)
    monkeypatch.setattr("tuichat.server.store.postgresql.search_query.FIRST_MESSAGES", 5)
    monkeypatch.setattr("tuichat.server.store.postgresql.search_query.LOOKED_AT", 7)
    rng = random.Random(seed)
    embedded = World(await SQLiteStore.open(tmp_path / "embedded.db", publish=lambda event: None), [])
    await embedded.found()
    shared = same_world(embedded, await PostgresStore.open(database_url, publish=lambda event: None))
    await shared.found()
    rows: list[MessageRow] = []
    times = sorted(rng.randrange(SPAN_MS) for _ in range(MESSAGES))
    for number, time_ms in enumerate(times):
        row = MessageRow(
            id=Snowflake((time_ms << 22) | number),
            channel_id=rng.choice((embedded.channel, embedded.other)),
            author_id=rng.choice((embedded.ada, embedded.bob)),
            content=a_text(rng) + (" https://example.org" if rng.random() < 0.1 else ""),
        )
        if rows and rng.random() < 0.2:
            answered = rng.choice(rows)
            reference = ReferenceRow(channel_id=answered.channel_id, message_id=answered.id)
            row = msgspec.structs.replace(row, type=19, reference=reference)
        rows.append(row)
        for world in (embedded, shared):
            await world.store.add_message(row)
    found = 0
    for _ in range(SEARCHES):
        wanted = a_search(rng, embedded, rows)
        one, other = await embedded.store.search(wanted), await shared.store.search(wanted)
        assert isinstance(one, SearchPage)
        assert one == other, wanted
        found += one.total > 0
    assert found > SEARCHES / 3
    for world in (embedded, shared):
        await world.store.close()


def same_world(first: World, store: PostgresStore) -> World:
    """The same people and places in another store."""
    second = World(store, [])
    for name in ("ada", "bob", "guild", "channel", "other"):
        setattr(second, name, getattr(first, name))
    return second
