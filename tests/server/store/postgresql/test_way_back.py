"""Rows go from the embedded store into PostgreSQL by the same way as out of it."""

import asyncio
import contextlib
import sqlite3
from pathlib import Path

import pytest

from tests.server.store.conftest import World
from tuichat.server.store.message_rows import MessageExtras, PollAnswerRow, PollRow
from tuichat.server.store.operations import AddReaction, Put
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.connection import PostgresConnection
from tuichat.server.store.postgresql.store import PostgresStore
from tuichat.server.store.row_copy import copied_tables, copy_rows
from tuichat.server.store.rows import ImageRow, RoleRow, TokenRow
from tuichat.server.store.sqlite import SQLiteStore

pytestmark = [pytest.mark.slow, pytest.mark.system]


def carry(path: Path, url: str) -> int:
    target = PostgresConnection(DatabaseAddress(url))
    done: list[int] = []
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as source:
        source.execute("DELETE FROM settings WHERE key LIKE 'search%'")
        target.execute("BEGIN")
        copy_rows(source, target, copied_tables(source), done.append)
        target.execute("COMMIT")
    target.close()
    return done[-1]


async def test_rows_of_an_embedded_store_are_the_same_in_postgresql(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.server.store.row_copy.ROWS_AT_ONCE", 7)
    path = tmp_path / "embedded.db"
    embedded = World(await SQLiteStore.open(path, publish=lambda event: None), [])
    await embedded.found()
    poll = PollRow(question="?", answers=(PollAnswerRow(id=1, text="yes"),), expires_ms=2**52)
    rows = [
        await embedded.store.add_message(embedded.message(f"m {number} é\x1b", nonce=f"{number}"), [embedded.event()])
        for number in range(40)
    ]
    rows.append(await embedded.store.add_message(embedded.message(extras=MessageExtras(poll=poll))))
    reaction = AddReaction(
        rows[3].id, embedded.channel, "\U0001f600", None, True, int(embedded.ada), int(embedded.take())
    )
    last = embedded.take()
    await embedded.store.write(
        [
            reaction,
            Put(TokenRow(id=embedded.take(), user_id=embedded.ada, secret_hash=b"\x00\xff")),
            Put(RoleRow(id=embedded.take(), guild_id=embedded.guild, name="r")),
            Put(ImageRow(kind="icons", owner_id=embedded.guild, guild_id=embedded.guild, hash="aa", file="aa")),
            Put(ImageRow(kind="icons", owner_id=embedded.guild, guild_id=embedded.guild, hash="bb", file="bb")),
        ]
    )
    snapshot, social = await embedded.store.load(), await embedded.store.load_social()
    reactions = await embedded.store.read_reactions([rows[3].id], embedded.ada)
    loose, events = await embedded.store.read_loose_files(9), await embedded.store.read_events(embedded.guild, 0)
    server_id = embedded.store.server_id
    await embedded.store.close()
    assert await asyncio.to_thread(carry, path, database_url) > 60
    store = await PostgresStore.open(database_url, publish=lambda event: None)
    assert (await store.load(), await store.load_social()) == (snapshot, social)
    assert await store.read_messages(embedded.channel, limit=100) == rows[::-1]
    assert await store.read_reactions([rows[3].id], embedded.ada) == reactions
    assert (await store.read_loose_files(9), await store.read_events(embedded.guild, 0)) == (loose, events)
    assert store.server_id == server_id
    assert store.next_id(0) >= last
    await store.close()
