"""Messages that came into PostgreSQL without the words that they are found by become searchable little by little."""

import asyncio

import msgspec
import pytest

from tests.server.store.conftest import World
from tests.server.store.postgres_server import PostgresServer
from tuichat.server.store.message_search import MessageSearch, SearchIndexing
from tuichat.server.store.operations import DeleteMessages, UpdateMessage
from tuichat.server.store.postgresql import search_index
from tuichat.server.store.postgresql.store import PostgresStore
from tuichat.server.store.search_upkeep import SearchUpkeep

pytestmark = [pytest.mark.slow, pytest.mark.system]


async def test_old_messages_become_searchable_while_people_write(
    database_url: str, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(await PostgresStore.open(database_url, publish=lambda event: None), [])
    await world.found()
    rows = [await world.store.add_message(world.message(f"old {number}")) for number in range(25)]
    await world.store.close()
    name = database_url.rpartition("@/")[2].partition("?")[0]
    postgres_server.run_sql("UPDATE settings SET value = '0' WHERE key = 'search_version'", name)
    monkeypatch.setattr(search_index, "BACKFILL_STEP", 10)
    held = pytest.MonkeyPatch()
    held.setattr(SearchUpkeep, "is_backfill_due", lambda upkeep: False)
    store = await PostgresStore.open(database_url, publish=lambda event: None)
    assert await store.search(MessageSearch(guild_id=world.guild)) == SearchIndexing(indexed=0)
    assert postgres_server.run_sql("SELECT count(*) FROM message_search", name) == "0"
    new = await store.add_message(world.message("new"))
    await store.write([UpdateMessage(msgspec.structs.replace(rows[3], content="edited 3"))])
    await store.write([DeleteMessages(world.channel, (rows[4].id,))])
    held.undo()
    await store.write([])
    while isinstance(page := await store.search(MessageSearch(guild_id=world.guild)), SearchIndexing):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert page.total == 25
    for words, total in (("old", 23), ("edited", 1), ("new", 1)):
        page = await store.search(MessageSearch(guild_id=world.guild, phrases=(words,)))
        assert not isinstance(page, SearchIndexing)
        assert page.total == total, words
    assert page.rows == [new]
    await store.close()
    again = await PostgresStore.open(database_url, publish=lambda event: None)  # what was done is not done again
    assert not isinstance(await again.search(MessageSearch(guild_id=world.guild)), SearchIndexing)
    await again.close()
