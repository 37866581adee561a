"""The search contract of every store: what is found, in which order, and that it follows every write."""

import asyncio
import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest

from tests.server.store.conftest import OpenStore, World, embedded_only
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.server.store import search_index, search_upkeep
from tuichat.server.store.check import search_faults
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_batch import read_rows
from tuichat.server.store.message_rows import (
    AttachmentRow,
    MessageExtras,
    MessageRow,
    PollAnswerRow,
    PollRow,
    ReferenceRow,
)
from tuichat.server.store.message_search import (
    MAX_COUNTED,
    AuthorKind,
    EmbedKind,
    Has,
    MessageSearch,
    SearchIndexing,
    SearchOrder,
    SearchPage,
    parse_phrases,
)
from tuichat.server.store.operations import DeleteChannel, DeleteMessages, Put, UpdateMessage
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.connection import PostgresConnection
from tuichat.server.store.postgresql.search_index import PostgresSearchIndex
from tuichat.server.store.rows import UserRow
from tuichat.server.store.search_upkeep import SearchUpkeep
from tuichat.server.store.sqlite import SQLiteStore
from tuichat.server.store.store import Store


class HeldBackfill:
    """Lets the writer make old messages searchable only so many times as a test allows."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.steps = 0
        real = SearchUpkeep.backfill_step

        def step(upkeep: SearchUpkeep, pause_s: float) -> None:
            if self.steps:
                real(upkeep, pause_s)
                self.steps -= 1

        monkeypatch.setattr(SearchUpkeep, "backfill_step", step)


async def wait_until(is_so: Callable[[], bool]) -> None:
    """Let the writer's thread go on until it is so; pytest's own limit ends a test that waits in vain."""
    while not is_so():  # noqa: ASYNC110  # what is waited for happens on a thread
        await asyncio.sleep(0.002)


async def wait_until_searchable(store: Store, world: World) -> SearchPage:
    wanted = MessageSearch(guild_id=world.guild)
    while isinstance(answer := await store.search(wanted), SearchIndexing):  # noqa: ASYNC110  # likewise
        await asyncio.sleep(0.002)
    return answer


async def wait_until_purged(store: Store, channel_id: int) -> None:
    while await store.read_messages(channel_id):  # noqa: ASYNC110  # what is waited for happens on a thread
        await asyncio.sleep(0.002)


def check_embedded_index(folder: Path) -> None:
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as connection:
        assert search_faults(connection) == []


def check_postgres_index(url: str) -> None:
    connection = PostgresConnection(DatabaseAddress(url))
    connection.execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM message_search")
    connection.execute("BEGIN")
    connection.execute("TRUNCATE message_search")
    index = PostgresSearchIndex(connection)
    index.added(read_rows(connection, "WHERE true", ()))
    index.stage()
    for one, other in (("kept", "message_search"), ("message_search", "kept")):
        differing = connection.execute(f"SELECT id FROM {one} EXCEPT SELECT id FROM {other}").fetchall()
        assert not differing, (one, differing)
    assert not connection.execute(
        "SELECT id FROM kept JOIN message_search AS due USING (id) WHERE kept.terms <> due.terms"
    ).fetchall()
    connection.execute("ROLLBACK")
    connection.close()


@pytest.fixture
def check_index(opening: object, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], None]:
    """The index must hold what one holds that was made anew of the messages that there are."""
    if (tmp_path / DATABASE_NAME).exists():
        return lambda: check_embedded_index(tmp_path)
    url = request.getfixturevalue("database_url")

    def check() -> None:
        with ThreadPoolExecutor(1) as thread:  # the driver's loop cannot run within the test's
            thread.submit(check_postgres_index, url).result()

    return check


async def find(store: Store, content: str | None = None, **conditions: object) -> SearchPage:
    phrases = None if content is None else parse_phrases(content)
    page = await store.search(MessageSearch(phrases=phrases, **conditions))  # type: ignore[arg-type]  # a test's own words
    assert isinstance(page, SearchPage)
    return page


async def say(world: World, content: str, **fields: object) -> MessageRow:
    row = world.message(content, **fields)
    await world.store.add_message(row)
    return row


async def found(world: World, content: str | None = None, **conditions: object) -> list[str]:
    page = await find(world.store, content, **{"guild_id": int(world.guild), **conditions})
    assert page.total == len(page.rows)
    return [row.content for row in page.rows]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("deploy", ["Deploys failed", "we deploy today"]),  # a word's stem counts
        ("TODAY", ["we deploy today"]),
        ("today we", ["we deploy today"]),  # in any order
        ('"we deploy"', ["we deploy today"]),
        ('"deploy we"', []),
        ("cafe", ["Le café"]),
        ("京都", ["今日は京都へ"]),
        ("😀", ["nice 😀"]),
        ("dep", []),  # no half words
        ("deploy failed", ["Deploys failed"]),
        ("nowhere", []),
        ("-!-", []),
        ("text:deploy", []),
        ("g1 OR deploy", []),
    ],
)
async def test_words_are_found(world: World, query: str, expected: list[str]) -> None:
    for content in ("we deploy today", "Deploys failed", "Le café", "今日は京都へ", "nice 😀"):
        await say(world, content)
    assert await found(world, query) == expected


async def test_so_many_words_may_stand_between(world: World) -> None:
    await say(world, "red one two blue")
    await say(world, "red one two three blue")
    assert await found(world, "red blue") == ["red one two blue"]
    assert len(await found(world, "red blue", slop=3)) == 2
    assert await found(world, "red blue", slop=0) == []
    assert await found(world, "blue red two", slop=0) == []
    assert len(await found(world, "blue red two", slop=1)) == 2


async def test_every_condition_must_hold(world: World) -> None:
    bot = world.take()
    await world.store.write([Put(UserRow(id=bot, username="robot", name_key="robot", is_bot=True))])
    first = await say(world, "plain word")
    await say(world, "word by bob", author_id=world.bob)
    await say(world, "word by bot", author_id=bot)
    await say(world, "word elsewhere", channel_id=world.other)
    await say(world, "word for bob", mention_ids=(world.bob,), mention_role_ids=(world.guild,))
    await say(world, "word for all", mentions_everyone=True)
    await say(world, "word with https://Example.org/x and http://[broken")
    reference = ReferenceRow(message_id=first.id, channel_id=world.channel, guild_id=world.guild)
    last = await say(world, "word back", type=19, author_id=world.bob, reference=reference)
    assert len(await found(world, "word")) == 8
    assert await found(world, "word", author_ids=(world.bob,)) == ["word back", "word by bob"]
    assert await found(world, author_kinds=frozenset({AuthorKind.BOT})) == ["word by bot"]
    assert "word by bot" not in await found(world, author_kinds=frozenset({AuthorKind.USER, AuthorKind.WEBHOOK}))
    assert await found(world, author_kinds=frozenset({AuthorKind.WEBHOOK})) == []
    assert await found(world, author_kinds=frozenset()) == []
    assert await found(world, channel_ids=(world.other,)) == ["word elsewhere"]
    assert await found(world, guild_id=None, channel_ids=(world.other,)) == ["word elsewhere"]
    assert len(await found(world, hidden_ids=(world.other,))) == 7
    assert await found(world, mention_ids=(world.bob, 5)) == ["word for bob"]
    assert await found(world, party_id=world.bob) == ["word back", "word for bob", "word by bob"]
    assert await found(world, mention_role_ids=(world.guild,)) == ["word for bob"]
    assert await found(world, mentions_everyone=True) == ["word for all"]
    assert len(await found(world, mentions_everyone=False)) == 7
    assert await found(world, has=frozenset({Has.LINK, Has.STICKER})) == [
        "word with https://Example.org/x and http://[broken"
    ]
    assert len(await found(world, has_not=frozenset({Has.LINK}))) == 7
    assert len(await found(world, link_hosts=("example.ORG", "other.test"))) == 1
    assert await found(world, link_hosts=("example",)) == []
    assert await found(world, answered_ids=(first.id,)) == ["word back"]
    assert await found(world, answered_user_ids=(world.ada,)) == ["word back"]
    assert await found(world, answered_user_ids=(world.bob,)) == []
    assert await found(world, min_id=last.id - 1) == ["word back"]
    assert await found(world, max_id=first.id + 1) == ["plain word"]
    assert await found(world, min_id=first.id, max_id=last.id, author_ids=(world.ada,), channel_ids=(world.other,)) == [
        "word elsewhere"
    ]
    assert await found(world, "word", guild_id=7) == []


async def test_embeds_are_found_by_kind_and_provider(world: World) -> None:
    await say(world, "rich", embeds=b'[{"type":"rich","image":{"url":"x"}}]')
    await say(world, "video", embeds=b'[{"type":"video","provider":{"name":"YouTube"},"video":{"url":"x"}}]')
    await say(world, "hidden", embeds=b'[{"type":"article"}]', flags=4)
    assert await found(world, has=frozenset({Has.EMBED})) == ["video", "rich"]
    assert await found(world, has=frozenset({Has.IMAGE})) == ["rich"]
    assert await found(world, has=frozenset({Has.VIDEO})) == ["video"]
    assert await found(world, embed_kinds=frozenset({EmbedKind.VIDEO, EmbedKind.ARTICLE})) == ["video"]
    assert await found(world, embed_providers=("YouTube",)) == ["video"]
    assert await found(world, embed_providers=("youtube",)) == []


async def test_pages_follow_each_other_in_each_order(world: World) -> None:
    for number in range(7):
        await say(world, f"item {'x ' * (number % 3)}{number}")

    async def pages(order: SearchOrder) -> str:
        read = [
            await find(world.store, "item", guild_id=world.guild, order=order, limit=3, offset=offset)
            for offset in (0, 3, 6, 9)
        ]
        assert {page.total for page in read} == {7}
        return " ".join("".join(row.content[-1] for row in page.rows) for page in read).strip()

    assert await pages(SearchOrder.NEWEST) == "654 321 0"
    assert await pages(SearchOrder.OLDEST) == "012 345 6"
    assert await pages(SearchOrder.RELEVANCE) == "630 415 2"  # the shortest first


async def test_edits_and_deletions_are_followed(world: World, check_index: Callable[[], None]) -> None:
    row = await say(world, "before")
    gone = await say(world, "before too")
    changed = msgspec.structs.replace(row, content="after", edited_ms=1)
    await world.store.write([UpdateMessage(changed), DeleteMessages(world.channel, (gone.id,))])
    assert await found(world, "before") == []
    assert await found(world, "after") == ["after"]
    # All in one transaction, the other way round too.
    other = world.message("brief")
    await world.store.write([Put(other), UpdateMessage(msgspec.structs.replace(other, content="long"))])
    assert await found(world, "brief") == []
    assert await found(world, "long") == ["long"]
    await world.store.write([DeleteMessages(world.channel, (other.id,)), Put(other)])
    assert await found(world, "long") == []
    assert await found(world, "brief") == ["brief"]
    check_index()


async def test_a_write_that_fails_leaves_nothing_to_find(world: World, check_index: Callable[[], None]) -> None:
    lost, kept = world.message("lost"), world.message("kept")
    with pytest.raises(Conflict):
        await world.store.write([Put(lost), DeleteMessages(world.channel, (1,))])
    with pytest.raises(Conflict):
        await world.store.add_message(world.message("lost", channel_id=world.take()))
    await world.store.add_message(kept)
    assert await found(world, "lost") == []
    assert await found(world, "kept") == ["kept"]
    check_index()


async def test_a_deleted_channel_leaves_the_index(
    world: World, opening: tuple[OpenStore, list[object]], check_index: Callable[[], None]
) -> None:
    for number in range(30):
        await say(world, f"gone {number}", channel_id=world.other)
    await say(world, "stays")
    await world.store.write([DeleteChannel(world.other)])
    await world.store.close()
    store = await opening[0]()  # the index must know a channel's guild also when the channel is gone
    await wait_until_purged(store, world.other)
    assert [row.content for row in (await find(store, guild_id=int(world.guild))).rows] == ["stays"]
    check_index()


async def test_counting_ends_somewhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.server.store.search_query.MAX_COUNTED", 5)
    for number in range(8):
        await say(world, f"many {number}")
    for order, expected in (
        (SearchOrder.NEWEST, ["many 5", "many 4"]),
        (SearchOrder.OLDEST, ["many 2", "many 3"]),
        (SearchOrder.RELEVANCE, ["many 5", "many 4"]),
    ):
        page = await find(world.store, "many", guild_id=world.guild, limit=2, offset=2, order=order)
        assert (page.total, [row.content for row in page.rows]) == (5, expected), order
    page = await find(world.store, "many", guild_id=world.guild, answered_user_ids=(world.ada,))
    assert page.total == 0
    assert MAX_COUNTED == 10_000


async def test_more_channels_than_an_expression_names(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.server.store.search_query.MAX_NAMED_CHANNELS", 1)
    await say(world, "here")
    await say(world, "there", channel_id=world.other)
    assert await found(world, channel_ids=(world.channel, 5, 6)) == ["here"]
    assert await found(world, hidden_ids=(world.channel, 5, 6)) == ["there"]


@embedded_only
async def test_an_older_database_becomes_searchable_little_by_little(
    world: World, opening: tuple[OpenStore, list[object]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [await say(world, f"old {number}") for number in range(25)]
    await world.store.close()
    path = tmp_path / DATABASE_NAME
    with sqlite3.connect(path) as connection:  # as another release has left it
        connection.execute("UPDATE settings SET value = '0' WHERE key = ?", (search_index.VERSION_KEY,))
    connection.close()
    monkeypatch.setattr(search_index, "BACKFILL_STEP", 10)
    held = HeldBackfill(monkeypatch)
    store = await opening[0]()
    answer = await store.search(MessageSearch(guild_id=world.guild))
    assert answer == SearchIndexing(indexed=0)
    # Meanwhile people write, edit and delete.
    new = world.message("new")
    await store.add_message(new)
    await store.write([UpdateMessage(msgspec.structs.replace(rows[3], content="edited 3"))])
    await store.write([DeleteMessages(world.channel, (rows[4].id,))])
    held.steps = 1
    await wait_until(lambda: held.steps == 0)
    await store.close()
    store = await opening[0]()  # what was done is not done again
    await store.write([UpdateMessage(msgspec.structs.replace(rows[20], content="edited 20"))])
    held.steps = 1000
    page = await wait_until_searchable(store, world)
    assert page.total == 25
    assert (await find(store, "edited", guild_id=world.guild)).total == 2
    assert (await find(store, "old", guild_id=world.guild)).total == 22
    assert (await find(store, "new", guild_id=world.guild)).rows == [new]
    check_embedded_index(tmp_path)


async def test_files_pins_polls_forwards_and_webhooks_are_found(world: World) -> None:
    def file(name: str, content_type: str | None) -> AttachmentRow:
        return AttachmentRow(id=world.take(), filename=name, sha256="a" * 64, size_bytes=1, content_type=content_type)

    picture = await say(world, "picture", attachments=(file("Cat.PNG", "image/png"), file("notes", "text/plain")))
    await say(world, "song", attachments=(file("song.mp3", "audio/mpeg"),))
    await say(world, "film", attachments=(file("film.mp4", "video/mp4"),))
    await say(world, "raw", attachments=(file("data.bin", None),))
    answers = (PollAnswerRow(id=1, text="yes"),)
    await say(world, "poll", extras=MessageExtras(poll=PollRow(question="so?", answers=answers, expires_ms=1)))
    snapshot = b'{"message":{"attachments":[]}}'
    await say(world, "forward", extras=MessageExtras(snapshots=(msgspec.Raw(snapshot),)))
    hook = world.take()
    await say(world, "hook", author_id=hook, extras=MessageExtras(webhook_id=hook, author_name="Hook"))
    await say(world, "pinned", pinned_ms=5)
    for has, expected in (
        (Has.FILE, ["raw", "film", "song", "picture"]),
        (Has.IMAGE, ["picture"]),
        (Has.SOUND, ["song"]),
        (Has.VIDEO, ["film"]),
        (Has.POLL, ["poll"]),
        (Has.SNAPSHOT, ["forward"]),
        (Has.STICKER, []),
    ):
        assert await found(world, has=frozenset({has})) == expected, has
    assert await found(world, author_kinds=frozenset({AuthorKind.WEBHOOK})) == ["hook"]
    assert "hook" not in await found(world, author_kinds=frozenset({AuthorKind.USER}))
    assert await found(world, is_pinned=True) == ["pinned"]
    assert await found(world, file_extensions=("png", ".MP3")) == ["song", "picture"]
    assert await found(world, file_names=("cat.png",)) == ["picture"]
    assert await found(world, file_names=("cat",)) == []
    # Pinning, and taking a file away, are edits.
    await world.store.write([UpdateMessage(msgspec.structs.replace(picture, pinned_ms=7, attachments=()))])
    assert await found(world, is_pinned=True) == ["pinned", "picture"]
    assert await found(world, has=frozenset({Has.IMAGE})) == []


@embedded_only
async def test_what_waits_to_be_searchable_outlives_a_crash(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_upkeep, "INDEX_IDLE_S", 3600.0)
    indexed = [await say(world, f"indexed {number}") for number in range(5)]
    assert len(await found(world, "indexed")) == 5
    waiting = [await say(world, f"waiting {number}") for number in range(5)]
    await world.store.write(
        [
            UpdateMessage(msgspec.structs.replace(waiting[1], content="changed one")),
            DeleteMessages(world.channel, (waiting[2].id,)),
            UpdateMessage(msgspec.structs.replace(indexed[1], content="changed two")),
            DeleteMessages(world.channel, (indexed[2].id,)),
        ]
    )
    crashed = tmp_path / "crashed"
    crashed.mkdir()
    for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal"):
        shutil.copy(tmp_path / name, crashed / name)
    check_embedded_index(crashed)
    store = await SQLiteStore.open(crashed / DATABASE_NAME, publish=lambda event: None)
    try:
        for other in (world.store, store):
            assert [row.content for row in (await find(other, "changed", guild_id=int(world.guild))).rows] == [
                "changed one", "changed two",
            ]  # fmt: skip
            assert (await find(other, "waiting", guild_id=int(world.guild))).total == 3
            assert (await find(other, "indexed", guild_id=int(world.guild))).total == 3
    finally:
        await store.close()
    for folder in (tmp_path, crashed):
        check_embedded_index(folder)


@embedded_only
async def test_many_that_wait_become_searchable_together(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_upkeep, "INDEX_IDLE_S", 3600.0)
    monkeypatch.setattr(search_index, "MAX_WAITING", 10)
    late = world.message("taken early, written late")
    for number in range(25):
        await say(world, f"word {number}")
    check_embedded_index(tmp_path)
    await world.store.add_message(late)
    assert await found(world, "late") == [late.content]
    assert len(await found(world, "word")) == 25
    check_embedded_index(tmp_path)


@embedded_only
async def test_what_waits_becomes_searchable_when_nobody_writes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_upkeep, "INDEX_IDLE_S", 0.001)
    await say(world, "word")
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as plain:
        sql = "SELECT count(*) FROM message_search WHERE message_search MATCH 'word'"
        await wait_until(lambda: plain.execute(sql).fetchone() == (1,))


def damage_index(folder: Path) -> None:
    """What a failing disk does to the index."""
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as plain:
        plain.execute("UPDATE message_search_data SET block = x'ff00ff00ff00ff00ff00ff00ff00ff00'")


@embedded_only
async def test_a_damaged_index_is_made_anew_and_no_write_fails(
    world: World, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    row = await say(world, "before")
    assert await found(world, "before") == ["before"]
    damage_index(tmp_path)
    await say(world, "after")
    await world.store.write([UpdateMessage(msgspec.structs.replace(row, content="changed"))])
    await wait_until_searchable(world.store, world)
    assert await found(world, "after") == ["after"]
    assert await found(world, "changed") == ["changed"]
    assert "damaged" in caplog.text
    check_embedded_index(tmp_path)


@embedded_only
async def test_a_search_that_finds_damage_has_the_index_made_anew(world: World, tmp_path: Path) -> None:
    await say(world, "before")
    assert await found(world, "before") == ["before"]
    damage_index(tmp_path)
    assert await world.store.search(MessageSearch(guild_id=world.guild, phrases=("before",))) == SearchIndexing(
        indexed=0
    )
    await wait_until_searchable(world.store, world)
    assert await found(world, "before") == ["before"]
    check_embedded_index(tmp_path)
